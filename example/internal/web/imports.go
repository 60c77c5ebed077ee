package web

import "github.com/tenantgen/tenantgen/example/internal/app"

// importList is the page of imports.
type importList struct {
	Imports []shownImport
}

type shownImport struct {
	app.Import
	Who string
}

// listImports is GET …/imports.
func (w *Web) listImports(v *visit) error {
	imports, err := w.app.Imports(v.r.Context(), v.org)
	if err != nil {
		return err
	}
	names, err := w.names(v)
	if err != nil {
		return err
	}
	list := importList{}
	for _, i := range imports {
		list.Imports = append(list.Imports, shownImport{i, names[i.By]})
	}
	return w.show(v, "imports", "Imports", "imports", list)
}

// names are those of the organization's members, by their ids.
func (w *Web) names(v *visit) (map[string]string, error) {
	members, err := w.repos.Members.ListMembers(v.r.Context(), v.org)
	names := map[string]string{}
	for _, m := range members {
		names[m.UserID.String()] = m.Name
	}
	return names, err
}

// startImport is POST …/imports.
func (w *Web) startImport(v *visit) error {
	file, name, err := v.chosen()
	if err == nil {
		defer file.Close()
		_, err = w.app.StartImport(v.r.Context(), v.org, name, file)
	}
	if err != nil {
		return w.again(v, err, (*Web).listImports)
	}
	return v.done("imports", "import-started")
}

// cancelImport is POST …/imports/{job}/cancel.
func (w *Web) cancelImport(v *visit) error {
	id, err := app.ImportID(v.r.PathValue("job"))
	if err == nil {
		err = w.app.CancelImport(v.r.Context(), v.org, id)
	}
	if err != nil {
		return err
	}
	return v.done("imports", "import-cancelled")
}

// retryImport is POST …/imports/{job}/retry.
func (w *Web) retryImport(v *visit) error {
	id, err := app.ImportID(v.r.PathValue("job"))
	if err == nil {
		err = w.app.RetryImport(v.r.Context(), v.org, id)
	}
	if err != nil {
		return err
	}
	return v.done("imports", "import-retried")
}
