package web

import (
	"errors"
	"mime/multipart"
	"net/http"
	"path"
	"strings"

	"github.com/tenantgen/tenantgen/example/internal/app"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
	"github.com/tenantgen/tenantgen/tenant/tenantquota"
)

// fileList is the page of files.
type fileList struct {
	Files  []tenantblob.File
	Stored tenantquota.State
	Most   int64 // of one file
}

// listFiles is GET …/files.
func (w *Web) listFiles(v *visit) error {
	list := fileList{Most: app.MaxFile}
	var err error
	if list.Files, err = w.app.Files(v.r.Context(), v.org); err != nil {
		return err
	}
	if list.Stored, err = w.app.Billing().Stored(v.r.Context(), v.org); err != nil {
		return err
	}
	return w.show(v, "files", "Files", "files", list)
}

// addFile is POST …/files.
func (w *Web) addFile(v *visit) error {
	file, name, err := v.chosen()
	if err == nil {
		defer file.Close()
		// What a browser says that the file is, is believed by nobody: it is sent as something to be saved.
		err = w.app.AddFile(v.r.Context(), v.org, name, "application/octet-stream", file)
	}
	if err != nil {
		return w.again(v, err, (*Web).listFiles)
	}
	return v.done("files", "file-added")
}

// chosen is the file of a form, and its own name: some browsers send where it was, too.
func (v *visit) chosen() (multipart.File, string, error) {
	file, header, err := v.r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, "", app.BadRequest("choose a file")
	}
	if err != nil {
		return nil, "", err
	}
	return file, path.Base(strings.ReplaceAll(header.Filename, `\`, "/")), nil
}

// getFile is GET …/files/{name}.
func (w *Web) getFile(v *visit) error { return w.app.ServeFile(v.w, v.r) }

// deleteFile is POST …/files/delete, with the name in the form.
func (w *Web) deleteFile(v *visit) error {
	if err := v.r.ParseForm(); err != nil {
		return err
	}
	if err := w.app.DeleteFile(v.r.Context(), v.org, v.r.PostFormValue("name")); err != nil {
		return w.again(v, err, (*Web).listFiles)
	}
	return v.done("files", "file-deleted")
}
