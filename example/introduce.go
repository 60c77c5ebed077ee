package main

import (
	"io"
	"text/template"

	"github.com/tenantgen/tenantgen/example/exampledb"
)

// introduction is what to try first.
var introduction = template.Must(template.New("introduction").Parse(`
The notes service is at {{.Base}}/

Sign in as Alice, who owns Acme:
  {{.Base}}/sign-in?token={{.Alice.Token}}
as Bob, who owns Globex:
  {{.Base}}/sign-in?token={{.Bob.Token}}
as Carol, who belongs to both, can switch, and finds a third one suspended:
  {{.Base}}/sign-in?token={{.Carol.Token}}
as Vera, who may look at Acme, and change nothing:
  {{.Base}}/sign-in?token={{.Vera.Token}}

The same by its API. There are two organizations:

  {{.Acme.Name}}    alice (owner)   ALICE={{.Alice.Token}}
          vera  (viewer)  VERA={{.Vera.Token}}
  {{.Globex.Name}}  bob   (owner)   BOB={{.Bob.Token}}

Alice reads a note of Acme:
  curl -H "Authorization: Bearer {{.Alice.Token}}" {{.Base}}/orgs/{{.Acme.ID}}/notes/{{.Acme.Note}}

She asks for Globex's note as if it were Acme's: 404, as for a note that never was.
  curl -i -H "Authorization: Bearer {{.Alice.Token}}" {{.Base}}/orgs/{{.Acme.ID}}/notes/{{.Globex.Note}}

She asks Globex for it: 403.
  curl -i -H "Authorization: Bearer {{.Alice.Token}}" {{.Base}}/orgs/{{.Globex.ID}}/notes/{{.Globex.Note}}

Vera may look, but not write: 403.
  curl -i -H "Authorization: Bearer {{.Vera.Token}}" -d '{"title": "Mine"}' {{.Base}}/orgs/{{.Acme.ID}}/notes

The organization at a glance, and where Alice belongs:
  curl -H "Authorization: Bearer {{.Alice.Token}}" {{.Base}}/orgs/{{.Acme.ID}}/summary
  curl -H "Authorization: Bearer {{.Alice.Token}}" {{.Base}}/me/orgs

Ctrl-C ends it.

`))

// introduce prints how to call the service. That it could not be printed is no
// reason not to serve.
func introduce(out io.Writer, base string, demo *exampledb.Demo) {
	_ = introduction.Execute(out, struct {
		Base string
		*exampledb.Demo
	}{base, demo})
}
