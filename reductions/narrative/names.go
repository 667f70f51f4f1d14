package narrative

import "strconv"

// people and things are the names of the first 26 points.
var (
	people = [26]string{
		"Alice", "Bob", "Carl", "Dan", "Emma", "Fay", "Gus", "Hal", "Ida", "Jon", "Kit", "Leo", "Mia",
		"Ned", "Ola", "Pam", "Quin", "Rex", "Sue", "Tom", "Una", "Val", "Wes", "Xia", "Yan", "Zoe",
	}
	things = [26]string{
		"apple", "bell", "cup", "drum", "egg", "flag", "glove", "hat", "iron", "jar", "key", "lamp", "map",
		"nail", "orange", "pen", "quill", "ring", "shoe", "tie", "urn", "vase", "whistle", "xylophone", "yarn", "zip",
	}
)

// Person is the name of point p: Alice for 0, Bob, Carl, Dan, Emma, and so on by
// the alphabet to Zoe for 25, then Alice2 to Zoe2, Alice3, …
func Person(p int) string { return numbered(people[p%26], p/26) }

// Thing is what lies in box p+1 at first: the apple for 0, the bell, the cup, and
// so on by the alphabet to the zip for 25, then apple2 to zip2, apple3, …
func Thing(p int) string { return numbered(things[p%26], p/26) }

func numbered(name string, round int) string {
	if round == 0 {
		return name
	}
	return name + strconv.Itoa(round+1)
}
