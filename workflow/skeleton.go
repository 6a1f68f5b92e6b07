package workflow

func (g *Graph) report(kind error, step, detail string) {
	g.problems = append(g.problems, &Problem{step, kind, detail})
}
func (f *Frame) problem(i int32, kind error, detail string) {
	g := f.g
	g.report(kind, f.path()+"/"+f.nodes[i].name, detail)
}
func (f *Frame) path() string { return "" }
