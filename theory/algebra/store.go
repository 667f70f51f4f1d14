package algebra

// A store numbers different maps of one degree in the order they are added. Images
// lie in one flat array and are found by open addressing.
type store struct {
	degree int
	count  int
	images []uint16 // degree per map
	slots  []uint32 // number + 1, or 0; the length is a power of two
}

func newStore(degree int) store {
	return store{degree: degree, slots: make([]uint32, 64)}
}

// at returns map number i, which must not be changed.
func (s *store) at(i int) Map {
	return Map(s.images[i*s.degree : (i+1)*s.degree : (i+1)*s.degree])
}

// find returns the number of x, or the slot where it belongs.
func (s *store) find(x Map) (i, slot int, ok bool) {
	mask := len(s.slots) - 1
	slot = int(hash(x) & uint64(mask))
	for ; s.slots[slot] != 0; slot = (slot + 1) & mask {
		i := int(s.slots[slot]) - 1
		if x.Equal(s.images[i*s.degree : (i+1)*s.degree]) {
			return i, slot, true
		}
	}
	return 0, slot, false
}

// add appends a map that is not in the store, at the slot that find gave for it.
func (s *store) add(x Map, slot int) int {
	s.images = append(s.images, x...)
	s.count++
	s.slots[slot] = uint32(s.count)
	if 2*s.count > len(s.slots) {
		s.rehash()
	}
	return s.count - 1
}

// intern returns the number of x and whether it is new.
func (s *store) intern(x Map) (i int, added bool) {
	i, slot, ok := s.find(x)
	if ok {
		return i, false
	}
	return s.add(x, slot), true
}

// index returns the number of x.
func (s *store) index(x Map) (int, bool) {
	if len(x) != s.degree {
		return 0, false
	}
	i, _, ok := s.find(x)
	return i, ok
}

// mustIndex is index for a map that is known to be there.
func (s *store) mustIndex(x Map) int {
	i, ok := s.index(x)
	if !ok {
		panic("algebra: a product of elements is not an element")
	}
	return i
}

// rehash doubles the table.
func (s *store) rehash() {
	s.slots = make([]uint32, 2*len(s.slots))
	mask := uint64(len(s.slots) - 1)
	for i := range s.count {
		slot := hash(s.at(i)) & mask
		for s.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		s.slots[slot] = uint32(i) + 1
	}
}

// hash mixes the images; the finish is that of splitmix64.
func hash(x Map) uint64 {
	h := uint64(len(x))
	for _, q := range x {
		h = (h ^ uint64(q)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
