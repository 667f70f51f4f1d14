package policy

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Policy is the parsed form of policy.txt.
type Policy struct {
	top     []string // patterns for names at the root
	ignore  []string // patterns for names at the root that are not looked at
	nowhere []string // folder names
	never   []string // import paths

	imports map[string][]string // by folder tree
	tests   map[string][]string
}

// Violation is one place where a tree breaks the policy. Line is 0 for folders.
type Violation struct {
	Path    string
	Line    int
	Message string
}

// String is "path:line: message".
func (v Violation) String() string {
	if v.Line == 0 {
		return v.Path + ": " + v.Message
	}
	return fmt.Sprintf("%s:%d: %s", v.Path, v.Line, v.Message)
}

// Read parses a policy; all of its faults come in one error.
func Read(r io.Reader) (*Policy, error) {
	p := &Policy{imports: map[string][]string{}, tests: map[string][]string{}}
	var faults []error
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		if verb == "" {
			continue
		}
		if err := p.add(verb, rest); err != nil {
			faults = append(faults, fmt.Errorf("policy line %d: %w", number, err))
		}
	}
	for _, tree := range slices.Sorted(maps.Keys(p.tests)) {
		if _, ok := p.imports[tree]; !ok {
			faults = append(faults, fmt.Errorf("policy: a test line for %s, but no import line", tree))
		}
	}
	faults = append(faults, lines.Err())
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) add(verb, rest string) error {
	names := strings.Fields(rest)
	switch verb {
	case "top", "ignore":
		for _, pattern := range names {
			if _, err := path.Match(pattern, ""); err != nil {
				return fmt.Errorf("pattern %q: %w", pattern, err)
			}
		}
		if verb == "top" {
			p.top = append(p.top, names...)
		} else {
			p.ignore = append(p.ignore, names...)
		}
	case "nowhere":
		p.nowhere = append(p.nowhere, names...)
	case "never":
		p.never = append(p.never, names...)
	case "import":
		return addTree(p.imports, rest)
	case "test":
		return addTree(p.tests, rest)
	default:
		return fmt.Errorf("unknown verb %q", verb)
	}
	return nil
}

func addTree(trees map[string][]string, rest string) error {
	tree, allowed, ok := strings.Cut(strings.TrimSpace(rest), ":")
	if !ok || !fs.ValidPath(tree) || strings.ContainsAny(tree, " \t") {
		return fmt.Errorf("want TREE: PATH..., got %q", rest)
	}
	if _, twice := trees[tree]; twice {
		return fmt.Errorf("second line for %s", tree)
	}
	trees[tree] = strings.Fields(allowed)
	return nil
}

// Check walks a module's tree and returns all violations in order of their
// position. The error is for a tree that cannot be read or has no go.mod.
func (p *Policy) Check(tree fs.FS) ([]Violation, error) {
	module, err := modulePath(tree)
	if err != nil {
		return nil, err
	}
	c := checker{policy: p, tree: tree, module: module, files: token.NewFileSet(), packages: map[string]*folder{}}
	if err := fs.WalkDir(tree, ".", c.visit); err != nil {
		return nil, err
	}
	for dir, f := range c.packages {
		c.checkDoc(dir, f)
	}
	slices.SortFunc(c.found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return c.found, nil
}

// modulePath is the path that go.mod at the root declares.
func modulePath(tree fs.FS) (string, error) {
	data, err := fs.ReadFile(tree, "go.mod")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "module" {
			return f[1], nil
		}
	}
	return "", errors.New("go.mod: no module line")
}

// folder is what the check of doc comments needs to know of a package's folder.
type folder struct {
	name     string // of the package, from a file that is not a test
	comments map[string]string
}

type checker struct {
	policy   *Policy
	tree     fs.FS
	module   string
	files    *token.FileSet
	packages map[string]*folder
	found    []Violation
}

func (c *checker) report(at string, line int, format string, args ...any) {
	c.found = append(c.found, Violation{Path: at, Line: line, Message: fmt.Sprintf(format, args...)})
}

func (c *checker) visit(at string, entry fs.DirEntry, err error) error {
	if err != nil || at == "." {
		return err
	}
	name := path.Base(at)
	if path.Dir(at) == "." {
		if matches(c.policy.ignore, name) {
			return skip(entry)
		}
		if !matches(c.policy.top, name) {
			c.report(at, 0, "%q is not a name for the root of the repository", name)
			return skip(entry)
		}
	}
	if entry.IsDir() {
		if slices.Contains(c.policy.nowhere, name) {
			c.report(at, 0, "no folder may be called %q", name)
		}
		if name == "testdata" || name == "node_modules" { // the latter is npm's
			return fs.SkipDir
		}
		return nil
	}
	if name == "go.mod" && at != name {
		c.report(at, 0, "a second module inside this one")
	}
	if path.Ext(name) == ".go" {
		return c.checkFile(at)
	}
	return nil
}

func skip(entry fs.DirEntry) error {
	if entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, _ := path.Match(pattern, name) // patterns were checked by add
		return ok
	})
}

func (c *checker) checkFile(at string) error {
	source, err := fs.ReadFile(c.tree, at)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(c.files, at, source, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		c.report(at, 1, "does not parse: %v", err)
		return nil
	}
	dir, test := path.Dir(at), strings.HasSuffix(at, "_test.go")
	f := c.packages[dir]
	if f == nil {
		f = &folder{comments: map[string]string{}}
		c.packages[dir] = f
	}
	if !test {
		f.name = file.Name.Name
		f.comments[path.Base(at)] = file.Doc.Text()
	}
	tree, known := c.policy.treeOf(dir)
	if !known {
		c.report(at, c.line(file.Package), "no import line of the policy holds package %s", dir)
		return nil
	}
	allowed := c.policy.imports[tree]
	if test {
		allowed = slices.Concat(allowed, c.policy.tests[tree], []string{dir})
	}
	for _, spec := range file.Imports {
		c.checkImport(at, dir, spec, allowed)
	}
	return nil
}

func (c *checker) line(at token.Pos) int { return c.files.Position(at).Line }

func (c *checker) checkImport(at, dir string, spec *ast.ImportSpec, allowed []string) {
	line := c.line(spec.Pos())
	target, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		c.report(at, line, "import %s: %v", spec.Path.Value, err)
		return
	}
	if slices.Contains(c.policy.never, target) {
		c.report(at, line, "nobody may import %q", target)
		return
	}
	own, ours := strings.CutPrefix(target, c.module+"/")
	first, _, _ := strings.Cut(target, "/")
	switch {
	case ours:
	case target == c.module:
		own = "."
	case strings.HasPrefix(target, "."):
		c.report(at, line, "relative import %q", target)
		return
	case strings.Contains(first, "."):
		own = target
	default:
		return // the standard library
	}
	if !slices.ContainsFunc(allowed, func(tree string) bool { return within(tree, own) }) {
		c.report(at, line, "%s may not import %q", dir, target)
	}
}

// within says whether name is tree or below it.
func within(tree, name string) bool {
	rest, ok := strings.CutPrefix(name, tree)
	return ok && (rest == "" || rest[0] == '/')
}

// treeOf is the longest tree with an import line that holds dir.
func (p *Policy) treeOf(dir string) (string, bool) {
	for ; dir != "."; dir = path.Dir(dir) {
		if _, ok := p.imports[dir]; ok {
			return dir, true
		}
	}
	return "", false
}

// checkDoc wants one sentence of a known beginning above a package clause: in
// doc.go, or for a command in main.go.
func (c *checker) checkDoc(dir string, f *folder) {
	want, places := "Package "+f.name+" ", []string{"doc.go"}
	if f.name == "main" {
		want, places = "Command "+path.Base(dir)+" ", []string{"doc.go", "main.go"}
	}
	for _, name := range places {
		if strings.HasPrefix(strings.ReplaceAll(f.comments[name], "\n", " "), want) {
			return
		}
	}
	if f.name == "" {
		c.report(dir, 0, "a package of tests alone: add doc.go with a comment that says what it is")
		return
	}
	c.report(dir, 0, "no comment %q above the package clause of %s", "// "+want+"...", strings.Join(places, " or "))
}
