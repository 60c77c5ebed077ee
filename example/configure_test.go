package main

import "testing"

// What is not understood is an error, and nothing is made of it.
func TestConfigured(t *testing.T) {
	const key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	for name, c := range map[string]struct {
		env map[string]string
		ok  bool
	}{
		"nothing":                  {nil, true},
		"keys":                     {map[string]string{"SECRETS_KEYS": key + ", " + key}, true},
		"a short key":              {map[string]string{"SECRETS_KEYS": "0011"}, false},
		"a key in other letters":   {map[string]string{"SECRETS_KEYS": "a key"}, false},
		"an empty key":             {map[string]string{"SECRETS_KEYS": key + ","}, false},
		"endpoints":                {map[string]string{"WEBHOOKS": "chat=https://chat.example.com/hooks?a=b, tracker=https://t.example"}, true},
		"an endpoint without TLS":  {map[string]string{"WEBHOOKS": "chat=http://chat.example.com"}, false},
		"an endpoint of no name":   {map[string]string{"WEBHOOKS": "https://chat.example.com"}, false},
		"an issuer without keys":   {map[string]string{"OIDC_ISSUER": "https://id.example"}, false},
		"an issuer of no audience": {map[string]string{"OIDC_ISSUER": "https://id.example", "OIDC_JWKS": "https://id.example/keys"}, false},
	} {
		if _, err := configured(t.Context(), func(name string) string { return c.env[name] }); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	o, err := configured(t.Context(), func(name string) string { return map[string]string{"DATABASE_URL": "postgres://…"}[name] })
	if err != nil || o.Keys != nil {
		t.Errorf("on a database that stays, without a key that does: %v, %v", o.Keys, err)
	}
}

func TestOwnDatabases(t *testing.T) {
	const id = "aaaaaaaa-0000-4000-8000-000000000001"
	for text, want := range map[string]int{
		"": 0, id + "=postgres://a@b/c?d=e": 1, id + "=postgres://a@b/c, " + id + "=postgresql://d": 2, "acme=postgres://a": -1, id: -1, id + "=": -1, id + "=postgres://a,": -1,
	} {
		own, err := ownDatabases(text)
		if (err != nil) != (want < 0) || err == nil && len(own) != want || want == 1 && own[0].OwnerURL != "postgres://a@b/c?d=e" {
			t.Errorf("%s: %v, %v", text, own, err)
		}
	}
}
