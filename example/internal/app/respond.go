package app

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/example/internal/billing"
	"github.com/tenantgen/tenantgen/tenant"
	"github.com/tenantgen/tenantgen/tenant/tenantblob"
	"github.com/tenantgen/tenantgen/tenant/tenanthttp"
	"github.com/tenantgen/tenantgen/tenant/tenantjobs"
)

// reply is the answer to a request that went well.
type reply struct {
	status int
	body   any
}

func ok(body any) *reply      { return &reply{http.StatusOK, body} }
func created(body any) *reply { return &reply{http.StatusCreated, body} }

// done replies with nothing but the fact.
func done() *reply { return &reply{status: http.StatusNoContent} }

// problem is an error that its message may tell the caller, as RFC 9457 has it.
type problem struct {
	Status  int    `json:"status"`
	Code    string `json:"code"`
	Message string `json:"title"`
}

func (p *problem) Error() string { return p.Message }

// The errors that say the same whatever the reason, so that an answer never
// tells whether what was asked for exists in another organization.
var (
	errNotFound        = &problem{http.StatusNotFound, "not_found", "there is no such thing"}
	errConflict        = &problem{http.StatusConflict, "conflict", "this is taken, or the state does not allow it"}
	errReference       = &problem{http.StatusUnprocessableEntity, "bad_reference", "it refers to something that is not there"}
	errSwitchedOff     = &problem{http.StatusForbidden, "switched_off", "this is switched off in this organization"}
	errOneOrganization = &problem{http.StatusForbidden, "one_organization", "who has signed in with an organization's provider is signed in there alone"}
	errUnverified      = &problem{http.StatusConflict, "unverified", "the DNS does not have the record yet"}
	errNoKeys          = &problem{http.StatusServiceUnavailable, "no_keys", "this service keeps no secrets"}
	errUnreadable      = &problem{http.StatusConflict, "unreadable", "the secret cannot be read any more, or its endpoint is gone: set it again"}
	errUndelivered     = &problem{http.StatusBadGateway, "undelivered", "the other service has not taken it"}
	errLocksOut        = &problem{http.StatusConflict, "locks_out", "whoever requires this has to meet it: sign in so first"}
	errFileExists      = &problem{http.StatusConflict, "exists", "there is a file of this name: delete it first"}
	errFileName        = badRequest("a file cannot have this name")
	errInternal        = &problem{http.StatusInternalServerError, "internal", "something went wrong"}
)

func badRequest(message string) *problem {
	return &problem{http.StatusBadRequest, "bad_request", message}
}

func quotaExceeded(message string) *problem {
	return &problem{http.StatusPaymentRequired, "quota_exceeded", message}
}

// problemOf decides what the caller is told of an error.
func problemOf(err error) *problem {
	var known *problem
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, pgx.ErrNoRows), errors.Is(err, tenantjobs.ErrNotFound), errors.Is(err, tenantblob.ErrNotFound):
		return errNotFound
	case errors.Is(err, tenantblob.ErrExists):
		return errFileExists
	case errors.Is(err, tenantblob.ErrName):
		return errFileName
	case errors.Is(err, tenant.ErrQuotaExceeded):
		return quotaExceeded("the plan does not allow more of this")
	case errors.Is(err, billing.ErrDeclined):
		return &problem{http.StatusPaymentRequired, "declined", "the payment is declined"}
	case errors.As(err, &pg):
		return problemOfSQL(pg.Code)
	}
	return errInternal
}

// problemOfSQL explains a violated constraint. Keys and foreign keys start with
// org_id, so neither can be violated by what another organization has.
func problemOfSQL(code string) *problem {
	switch {
	case code == "23503": // foreign_key_violation
		return errReference
	case code == "23505": // unique_violation
		return errConflict
	case strings.HasPrefix(code, "22"): // data exceptions, such as a NUL in a text
		return badRequest("there is something in it that cannot be stored")
	}
	return errInternal
}

// changed turns the number of rows that a statement changed into an answer.
func changed(rows int64, err error) (*reply, error) {
	if err == nil && rows == 0 {
		err = errNotFound
	}
	if err != nil {
		return nil, err
	}
	return done(), nil
}

// nothing replies with the fact that something was done.
func nothing(err error) (*reply, error) {
	if err != nil {
		return nil, err
	}
	return done(), nil
}

// read replies with a value that was read.
func read[T any](value T, err error) (*reply, error) {
	if err != nil {
		return nil, err
	}
	return ok(value), nil
}

// add replies with a value that was made.
func add[T any](value T, err error) (*reply, error) {
	if err != nil {
		return nil, err
	}
	return created(value), nil
}

// maxBody bounds what a request may send.
const maxBody = 1 << 20

// decode reads the body. Unknown fields are refused: a misspelled one would
// otherwise be a change that silently does not happen.
func decode[T any](r *http.Request) (T, error) {
	var body T
	d := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return body, badRequest("the body is not the JSON that is expected here")
	}
	return body, nil
}

// write sends the reply, or the problem.
func (a *App) write(w http.ResponseWriter, r *http.Request, answer *reply, err error) {
	if err != nil {
		p := problemOf(err)
		if p == errInternal {
			// What package tenant refuses has its answer, and the rest is logged.
			tenanthttp.Error(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(p.Status)
		_ = json.NewEncoder(w).Encode(p)
		return
	}
	if answer.status == http.StatusNoContent {
		w.WriteHeader(answer.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	// The status is sent: a caller that has gone away is nobody to report to.
	_ = json.NewEncoder(w).Encode(answer.body)
}
