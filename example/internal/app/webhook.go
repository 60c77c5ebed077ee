package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Message is a webhook as https://www.standardwebhooks.com has it: whoever knows
// the secret can tell that it is whole, and from whom, and how old.
type Message struct {
	ID, Timestamp, Signature string
	Body                     []byte
}

// newMessage writes and signs one.
func newMessage(secret []byte, content any) (Message, error) {
	body, err := json.Marshal(content)
	if err != nil {
		return Message{}, err
	}
	m := Message{ID: "msg_" + uuid.NewString(), Timestamp: strconv.FormatInt(time.Now().Unix(), 10), Body: body}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", m.ID, m.Timestamp, body)
	m.Signature = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return m, nil
}

// Sender sends messages to addresses of Options.Endpoints.
type Sender interface {
	Send(ctx context.Context, address string, m Message) error
}

// webhooks sends by HTTP. Addresses are the service's own configuration and no
// member's input, and redirections are not followed: nobody leads it elsewhere.
type webhooks struct{ client http.Client }

func newWebhooks() *webhooks {
	return &webhooks{http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Send fails unless the answer is 2xx. Nothing of the answer is kept: it is the receiver's text, not ours.
func (w *webhooks) Send(ctx context.Context, address string, m Message) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(m.Body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", m.ID)
	r.Header.Set("webhook-timestamp", m.Timestamp)
	r.Header.Set("webhook-signature", m.Signature)
	answer, err := w.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16)) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	return nil
}
