package app

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/tenantgen/tenantgen/example/internal/sealed"
	"github.com/tenantgen/tenantgen/example/repo"
)

// integrationName is one as it stands in a path.
var integrationName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,40}$`)

// listIntegrations is GET /orgs/{org}/integrations. Of a secret there is the end, by whom and when it was set.
func (a *App) listIntegrations(ctx context.Context, c *call) (*reply, error) {
	return read(a.repos.Integrations.ListIntegrations(ctx, c.org))
}

type newIntegration struct {
	Endpoint string `json:"endpoint"`
	Secret   string `json:"secret"`
}

const (
	minSecret = 16
	maxSecret = 4096
	shown     = 4 // characters of a secret
)

// putIntegration is PUT /orgs/{org}/integrations/{integration}. Another endpoint
// takes the secret anew: whoever may not know it cannot have it sent elsewhere.
func (a *App) putIntegration(ctx context.Context, c *call) (*reply, error) {
	if a.keys == nil {
		return nil, errNoKeys
	}
	name := c.PathValue("integration")
	if !integrationName.MatchString(name) {
		return nil, badRequest("a name is of lower-case letters, digits and hyphens")
	}
	body, err := decode[newIntegration](c.Request)
	if err != nil {
		return nil, err
	}
	if a.endpoints[body.Endpoint] == "" {
		return nil, badRequest("this service does not know the endpoint")
	}
	if len(body.Secret) < minSecret || len(body.Secret) > maxSecret {
		return nil, badRequest("a secret has from 16 to 4096 bytes")
	}
	return read(a.repos.Integrations.PutIntegration(ctx, c.org, repo.PutIntegrationParams{
		Name: name, Endpoint: body.Endpoint, SetBy: c.user, Hint: hint(body.Secret),
		Sealed: a.keys.Seal([]byte(body.Secret), purpose(c.org, name, body.Endpoint)...),
	}))
}

// hint is the end of a secret, which is long enough to keep the rest to itself.
func hint(secret string) string {
	letters := []rune(secret)
	if len(letters) < minSecret { // of more bytes each
		return ""
	}
	return string(letters[len(letters)-shown:])
}

// purpose is what a secret is sealed for. It opens neither for another
// organization, nor for another endpoint, whatever somebody writes into the table.
func purpose(org repo.OrgID, name, endpoint string) []string {
	return []string{"integration", org.String(), name, endpoint}
}

// deleteIntegration is DELETE /orgs/{org}/integrations/{integration}.
func (a *App) deleteIntegration(ctx context.Context, c *call) (*reply, error) {
	return changed(a.repos.Integrations.DeleteIntegration(ctx, c.org, c.PathValue("integration")))
}

type newDelivery struct {
	Integration string `json:"integration"`
}

// delivered is what is sent of a note.
type delivered struct {
	Type      string        `json:"type"`
	Timestamp time.Time     `json:"timestamp"`
	Org       string        `json:"org_id"`
	By        uuid.UUID     `json:"sent_by"`
	Note      deliveredNote `json:"data"`
}

type deliveredNote struct {
	ID     uuid.UUID       `json:"id"`
	Title  string          `json:"title"`
	Body   string          `json:"body"`
	Status repo.NoteStatus `json:"status"`
}

// deliverNote is POST /orgs/{org}/notes/{note}/deliveries: the note is sent to an
// integration, signed with its secret.
func (a *App) deliverNote(ctx context.Context, c *call) (*reply, error) {
	id, err := c.id("note")
	if err != nil {
		return nil, err
	}
	body, err := decode[newDelivery](c.Request)
	if err != nil {
		return nil, err
	}
	note, err := a.repos.Notes.GetNote(ctx, c.org, repo.GetNoteParams{NoteID: id, ViewerID: c.user})
	if err != nil {
		return nil, err
	}
	endpoint, secret, err := a.secretOf(ctx, c.org, body.Integration)
	if err != nil {
		return nil, err
	}
	m, err := newMessage(secret, delivered{"note.sent", time.Now().UTC(), c.org.String(), c.user, deliveredNote{note.ID, note.Title, note.Body, note.Status}})
	if err != nil {
		return nil, err
	}
	failed := a.sender.Send(ctx, endpoint, m)
	result := "delivered"
	if failed != nil {
		result = "failed"
		a.log.WarnContext(ctx, "a note was not delivered", "org", c.org.String(), "integration", body.Integration, "error", failed)
	}
	if _, err := a.repos.Integrations.NoteDelivery(ctx, c.org, repo.NoteDeliveryParams{Name: body.Integration, Result: result}); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, errUndelivered
	}
	return ok(map[string]string{"id": m.ID, "result": result}), nil
}

// secretOf opens the secret of an integration, and says where that leads.
func (a *App) secretOf(ctx context.Context, org repo.OrgID, name string) (address string, secret []byte, err error) {
	if a.keys == nil {
		return "", nil, errNoKeys
	}
	kept, err := a.repos.Integrations.GetSealed(ctx, org, name)
	if err != nil {
		return "", nil, err
	}
	address = a.endpoints[kept.Endpoint]
	secret, err = a.keys.Open(kept.Sealed, purpose(org, name, kept.Endpoint)...)
	if errors.Is(err, sealed.ErrUnreadable) || address == "" {
		return "", nil, errUnreadable
	}
	return address, secret, err
}
