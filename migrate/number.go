package migrate

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// Numbering is how migration files are numbered.
type Numbering string

// The kinds of numbering.
const (
	Detect     Numbering = ""           // as the newest existing file is
	Sequential Numbering = "sequential" // 00007
	Timestamp  Numbering = "timestamp"  // 20060102150405, in UTC
)

// unixDigits is how long a number of seconds since 1970 is, which golang-migrate
// can number by (migrate create -format unix).
const unixDigits = 10

const timestampForm = "20060102150405"

// versioned matches the migration files of all tools; goose has some in Go.
// More digits than 18 are no number that a tool could read.
var versioned = lazyre.New(`^(\d{1,18})(?:[^\d].*)?\.(?:sql|go)$`)

// version is the number of an existing file.
type version struct {
	number int64
	width  int // digits as written
	time   time.Time
}

// nextPrefix returns the number of the next file as it stands in its name.
func nextPrefix(existing []string, lay layout, o Options) (string, error) {
	last, any := newest(existing)
	byTime := lay.timestamps
	if any {
		byTime = !last.time.IsZero()
	}
	switch o.Numbering {
	case Detect:
	case Sequential, Timestamp:
		byTime = o.Numbering == Timestamp
	default:
		return "", fmt.Errorf("unknown numbering %q: use %s or %s", o.Numbering, Sequential, Timestamp)
	}
	switch {
	case byTime && lay.gapless:
		return "", errors.New("this tool wants migrations numbered 1, 2, 3, …: use numbering: sequential")
	case byTime:
		return nextTimestamp(last, o.Now)
	case last.width == unixDigits && o.Numbering == Detect && last.number <= o.Now.Unix():
		return fmt.Sprint(max(o.Now.Unix(), last.number+1)), nil
	}
	if !any {
		last.width = lay.width
	}
	return fmt.Sprintf("%0*d", last.width, last.number+1), nil
}

// newest returns the highest version of the files, and whether there is one.
func newest(existing []string) (last version, any bool) {
	for _, name := range existing {
		m := versioned().FindStringSubmatch(name)
		if m == nil {
			continue
		}
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || any && n <= last.number {
			continue
		}
		last, any = version{number: n, width: len(m[1])}, true
		if at, err := time.Parse(timestampForm, m[1]); err == nil {
			last.time = at
		}
	}
	return last, any
}

// checkOrder refuses a file that sqlc, which reads a directory in the order of the
// names, would read before an existing migration: 10_b.sql comes before 9_a.sql.
func checkOrder(name string, existing []string) error {
	for _, e := range existing {
		if versioned().MatchString(e) && e >= name {
			return fmt.Errorf("%s would be read before %s, since sqlc and tenantgen read migrations in the order of their names: "+
				"write the numbers of all files with the same number of digits", name, e)
		}
	}
	return nil
}

// nextTimestamp returns the present, or the first second after the newest file
// when that is ahead of it.
func nextTimestamp(last version, now time.Time) (string, error) {
	if now.IsZero() {
		return "", errors.New("migrations are numbered by time, and no time is given")
	}
	at := now.UTC().Truncate(time.Second)
	if !at.After(last.time) {
		at = last.time.Add(time.Second)
	}
	next := at.Format(timestampForm)
	if n, err := strconv.ParseInt(next, 10, 64); err != nil || n <= last.number || len(next) != len(timestampForm) {
		return "", fmt.Errorf("no timestamp follows the existing migration number %d", last.number)
	}
	return next, nil
}
