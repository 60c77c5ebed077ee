package soak_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// client is somebody of a tenant, who works and follows the tenant's events.
type client struct {
	*soak
	i      int
	own    string
	random *rand.Rand
	http   *http.Client
	at     int // which instance it is connected to
	made   int // files and jobs, whose names are made of it
	files  map[string]bool
	jobs   []int64
}

func (s *soak) client(i int, seed uint64) *client {
	random := rand.New(rand.NewPCG(seed, uint64(i)))
	return &client{soak: s, i: i, own: mark(i % tenants), at: random.IntN(len(s.instances)), files: map[string]bool{},
		random: random, http: &http.Client{Transport: &http.Transport{DialContext: s.connect}}}
}

// connect finds an instance by its name. Sockets have no port that something else takes while the instance is away.
func (s *soak) connect(ctx context.Context, _, address string) (net.Conn, error) {
	for _, i := range s.instances {
		if address == i.name+":80" {
			return new(net.Dialer).DialContext(ctx, "unix", i.socket)
		}
	}
	return nil, fmt.Errorf("there is no instance %s", address)
}

// dial opens a WebSocket.
func (c *client) dial(ctx context.Context) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, c.address()+"/socket", &websocket.DialOptions{HTTPClient: c.http})
	return conn, err
}

func (c *client) token() string { return fmt.Sprintf("c%d@%s", c.i, c.own) }

func (c *client) address() string { return "http://" + c.instances[c.at].name }

// turn goes to the other instance, as a load balancer would.
func (c *client) turn() { c.at = (c.at + 1) % len(c.instances) }

// ask makes a request, of which an error is the fault of whatever ended the connection.
func (c *client) ask(ctx context.Context, method, path, body string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.address()+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Authorization", c.token())
	response, err := c.http.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// work does one thing after the other.
func (c *client) work(ctx context.Context) {
	steps := []func(context.Context){
		c.addNote, c.addNote, c.addJobs, c.addJobs, c.listJobs, c.ownJob, c.foreignJob,
		c.putFile, c.putFile, c.getFile, c.getFile, c.sharedFile, c.deleteFile, c.listFiles, c.foreignFile, c.foreignTenant, c.foreignStream,
	}
	for ctx.Err() == nil {
		doing, cancel := ctx, context.CancelFunc(func() {})
		if c.random.IntN(20) == 0 { // given up
			doing, cancel = context.WithTimeout(ctx, time.Duration(c.random.IntN(20))*time.Millisecond)
		}
		steps[c.random.IntN(len(steps))](doing)
		cancel()
		pause(ctx, time.Duration(c.random.IntN(100))*time.Millisecond)
	}
}

// do makes a request and judges the answer: nothing in it is another tenant's, and its status is one that is wanted, or a fault's.
func (c *client) do(ctx context.Context, what, method, path, body string, want ...int) (int, string) {
	status, text, err := c.ask(ctx, method, path, body)
	if m := foreign(c.own, text); m != "" {
		c.count.add("foreign answers")
		c.t.Errorf("%s: %s %s of %s has %s: %.300s", what, method, path, c.own, m, text)
	}
	if err != nil || status == http.StatusServiceUnavailable {
		c.count.add("failed by faults")
		c.turn()
		return 0, ""
	}
	for _, w := range want {
		if status == w {
			c.count.add(what)
			return status, text
		}
	}
	c.t.Errorf("%s: %s %s of %s: %d %s", what, method, path, c.own, status, text)
	return 0, ""
}

func (c *client) path(format string, args ...any) string {
	return "/orgs/" + c.own + "/" + fmt.Sprintf(format, args...)
}

func (c *client) addNote(ctx context.Context) {
	if status, text := c.do(ctx, "notes", "POST", c.path("notes"), c.own+"a note", 201); status == 201 {
		var n note
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			c.t.Error(err)
		}
		c.saw.note(c.own, n.Seq)
	}
}

// addJobs adds more at once than may run.
func (c *client) addJobs(ctx context.Context) {
	for range 1 + c.random.IntN(3) {
		c.addJob(ctx)
	}
}

func (c *client) addJob(ctx context.Context) {
	c.made++
	w := work{Request: fmt.Sprintf("%s%d-%d", c.own, c.i, c.made), Mark: c.own, File: c.anyFile(), Fails: c.random.IntN(10) / 9}
	body, err := json.Marshal(w)
	if err != nil {
		c.t.Error(err)
	}
	if status, text := c.do(ctx, "jobs", "POST", c.path("jobs"), string(body), 201); status == 201 {
		var job struct{ ID int64 }
		if err := json.Unmarshal([]byte(text), &job); err != nil || job.ID == 0 {
			c.t.Errorf("a job is %s: %v", text, err)
		}
		c.jobs = append(c.jobs, job.ID)
		c.saw.job(c.own, job.ID, w.Request)
	}
}

func (c *client) listJobs(ctx context.Context) {
	c.do(ctx, "lists of jobs", "GET", c.path("jobs"), "", 200)
}

// ownJob looks at a job of its own, or cancels it, if that is not too late.
func (c *client) ownJob(ctx context.Context) {
	if len(c.jobs) == 0 {
		return
	}
	method := "GET"
	if c.random.IntN(4) == 0 {
		method = "DELETE"
	}
	c.do(ctx, "own jobs", method, c.path("jobs/%d", c.jobs[c.random.IntN(len(c.jobs))]), "", 200)
}

func (c *client) foreignJob(ctx context.Context) {
	id := c.saw.jobOfAnother(c.own)
	if id == 0 {
		return
	}
	c.do(ctx, "refused", []string{"GET", "DELETE"}[c.random.IntN(2)], c.path("jobs/%d", id), "", 404)
}

// anyFile is one of its own, or the one that all have.
func (c *client) anyFile() string {
	for name := range c.files {
		return name
	}
	return shared
}

func (c *client) putFile(ctx context.Context) {
	c.made++
	name := fmt.Sprintf("c%d/%d-%d.txt", c.i, c.made, 1+c.random.IntN(3000))
	if status, _ := c.do(ctx, "files written", "PUT", c.path("files/%s", name), fileOf(c.own, name), 201); status == 201 {
		c.files[name] = true
	}
}

func (c *client) getFile(ctx context.Context) {
	name := c.anyFile()
	if status, text := c.do(ctx, "files read", "GET", c.path("files/%s", name), "", 200); status == 200 {
		if err := checkFile(c.own, name, strings.NewReader(text)); err != nil {
			c.t.Error(err)
		}
	}
}

// sharedFile reads the file whose name all tenants have.
func (c *client) sharedFile(ctx context.Context) {
	if status, text := c.do(ctx, "files read", "GET", c.path("files/%s", shared), "", 200); status == 200 {
		if err := checkFile(c.own, shared, strings.NewReader(text)); err != nil {
			c.t.Error(err)
		}
	}
}

func (c *client) deleteFile(ctx context.Context) {
	name := c.anyFile()
	if name == shared || len(c.files) < 3 {
		return
	}
	delete(c.files, name) // whatever the answer is, it may be gone
	c.do(ctx, "files deleted", "DELETE", c.path("files/%s", name), "", 200)
}

func (c *client) listFiles(ctx context.Context) {
	if status, text := c.do(ctx, "lists of files", "GET", c.path("list"), "", 200); status == 200 {
		for name := range c.files {
			if want := fmt.Sprintf("%s %d", name, len(fileOf(c.own, name))); !strings.Contains(text, `"`+want+`"`) {
				c.t.Errorf("%s has no file %s: %s", c.own, want, text)
			}
		}
	}
}

// foreignFile tries to leave its own directory.
func (c *client) foreignFile(ctx context.Context) {
	up := []string{"../../%s/files/%s", "..%%2f..%%2f%s%%2ffiles%%2f%s", "%%2e%%2e/%%2e%%2e/%s/files/%s", "organizations/%s/files/%s"}
	name := fmt.Sprintf(up[c.random.IntN(len(up))], c.another(), shared)
	c.do(ctx, "refused", "GET", c.path("files/%s", url.PathEscape(name)), "", 404)
}

func (c *client) foreignTenant(ctx context.Context) {
	paths := []string{"notes", "jobs", "list", "events", "files/" + shared}
	c.do(ctx, "refused", "GET", "/orgs/"+c.another()+"/"+paths[c.random.IntN(len(paths))], "", 404)
}

// foreignStream asks for another tenant's events with its own token.
func (c *client) foreignStream(ctx context.Context) {
	conn, err := c.dial(ctx)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	text := fmt.Sprintf(`{"type": "auth", "token": %q, "tenant": %q}`, c.token(), c.another())
	if conn.Write(ctx, websocket.MessageText, []byte(text)) != nil {
		return
	}
	_, reply, err := conn.Read(ctx)
	switch {
	case err == nil:
		c.t.Errorf("a socket of %s is told %s", c.own, reply)
	case websocket.CloseStatus(err) == websocket.StatusPolicyViolation:
		c.count.add("refused")
	}
}

// another is some other tenant.
func (c *client) another() string {
	return mark((c.i%tenants + 1 + c.random.IntN(tenants-1)) % tenants)
}
