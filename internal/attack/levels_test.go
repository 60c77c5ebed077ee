package attack

const (
	inA1    = "SET app.project_id = 'a1'" // beside the organization
	alone   = "SET app.org_id = ''"       // takes the organization away
	rooted  = `\(EXISTS \( SELECT 1\s+FROM projects parent\s+WHERE \(parent\.id = `
	byOuter = "the clause for the outer tenant, where it is set"
)

// Acme's organization has two projects, a1 and b1, and the attacker of a session with a
// project set works for a1 alone. The task b3 and the note b3 contradict themselves: they
// name a1, or what is in it, and Globex.
var levels = []attack{
	{name: "Both set: rows of another project of the organization", does: reads, stop: "the clause for the inner tenant", without: cutting("tasks", `\(project_id = `+setProject+`\)`, "true"),
		steps: []string{inA1, "SELECT * FROM tasks", "SELECT * FROM tags", "SELECT * FROM notes", "SELECT * FROM projects"}},
	{name: "Both set: rows of another project, by the organization", does: reads, stop: "the outer tenant counts alone only where no inner one is set", without: cutting("tasks", ` AND \(`+setProject+` IS NULL\)`, ""),
		steps: []string{inA1, "SELECT * FROM tasks"}},
	{name: "Both set: rows of the project that name another organization", does: reads, stop: byOuter, without: cutting("tasks", ` OR \(`+isOrg+`\)`, " OR true"),
		steps: []string{inA1, "SELECT * FROM tasks"}},
	{name: "Both set: children that name another organization", does: reads, stop: byOuter, without: cutting("notes", ` OR \(`+isOrg+`\)`, " OR true"),
		steps: []string{inA1, "SELECT * FROM notes"}},
	{name: "Both set: children of the organization's row and of another project's", does: reads, stop: "the clause for parents of several levels", without: cutting("memos", `\(\(task_id IS NULL\)`, "(true"),
		steps: []string{inA1, "SELECT * FROM memos"}},
	{name: "Both set: a project of another organization", does: reads, stop: "the policies of the projects, asked by the rows'", without: cutting("tags", ` OR `+rooted+setProject+`\)\)\)`, " OR true"),
		steps: []string{"SET app.project_id = 'b2'", "SELECT * FROM tags", "SELECT * FROM tasks", "SELECT * FROM projects"}},
	{name: "Organization alone: rows of another's projects", does: reads, stop: "the clause for the outer tenant", without: cutting("tasks", `\(`+isOrg+`\) AND`, "true AND"),
		steps: []string{"SELECT * FROM tasks WHERE project_id <> 'b1'", "SELECT * FROM projects WHERE id <> 'b1'"}},
	{name: "Organization alone: rows that tell their project only", does: reads, stop: "the policies of the projects, asked by the rows'", without: cutting("tags", rooted+`tags\.project_id\)\)\)`, "true"),
		steps: []string{"SELECT * FROM tags WHERE project_id <> 'b1'"}},
	{name: "Project alone: rows of other projects", does: reads, stop: "the clause for the inner tenant", without: cutting("tasks", `\(project_id = `+setProject+`\)`, "true"),
		steps: []string{alone, inA1, "SELECT * FROM tasks WHERE id <> 'b3'", "SELECT * FROM tags", "SELECT * FROM notes WHERE id <> 'b3'"}},
	{name: "Neither set", does: reads, stop: "a tenant that is not set equals none", without: cutting("tags", everything, "true"),
		steps: []string{alone, "SELECT * FROM tasks", "SELECT * FROM tags", "SELECT * FROM notes", "RESET app.org_id", "SELECT * FROM tags"}},
	{name: "Organization alone: INSERT into another's project", does: changes, stop: "WITH CHECK that the project lies in the organization", without: unchecked("tasks"),
		steps: []string{"INSERT INTO tasks VALUES ('bx', '$A', 'b2', 'planted')"}},
	{name: "Organization alone: moving a row into another's project", does: changes, stop: "WITH CHECK that the project lies in the organization", without: unchecked("tasks"),
		steps: []string{"UPDATE tasks SET project_id = 'b2' WHERE id = 'a'"}},
	{name: "Project alone: INSERT for another organization", does: changes, stop: "WITH CHECK that the project lies in the organization", without: unchecked("tasks"),
		steps: []string{alone, inA1, "INSERT INTO tasks VALUES ('bx', '$B', 'a1', 'planted')"}},
	{name: "Project alone: giving a row to another organization", does: changes, stop: "WITH CHECK that the project lies in the organization", without: unchecked("tasks"),
		steps: []string{alone, inA1, "UPDATE tasks SET org_id = '$B' WHERE id = 'a'"}},
	{name: "Both set: INSERT of a child that names another organization", does: changes, stop: byOuter, without: cutting("notes", ` OR \(`+isOrg+`\)`, " OR true"),
		steps: []string{inA1, "INSERT INTO notes VALUES ('bx', 'a', '$B', 'planted')"}},
	{name: "Organization alone: moving a project to another organization", does: changes, stop: "the clause for the outer tenant", without: cutting("projects", `\(`+isOrg+`\) AND`, "true AND"),
		steps: []string{"UPDATE projects SET org_id = '$B' WHERE id = 'a1'"}},
	{name: "Both set: moving a project to another organization", does: changes, stop: byOuter, without: cutting("projects", ` OR \(`+isOrg+`\)`, " OR true"),
		steps: []string{inA1, "UPDATE projects SET org_id = '$B' WHERE id = 'a1'"}},
	{name: "Project alone: moving it to another organization", does: changes, report: report{rule: "tenant-change"},
		steps: []string{alone, inA1, "UPDATE projects SET org_id = '$B' WHERE id = 'a1'"}},
}
