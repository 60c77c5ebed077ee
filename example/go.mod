module github.com/tenantgen/tenantgen/example

go 1.26.0

require (
	github.com/golang-jwt/jwt/v5 v5.3.1
	github.com/google/uuid v1.6.0
	github.com/jackc/pgx/v5 v5.12.0
	github.com/pressly/goose/v3 v3.26.0
	github.com/tenantgen/tenantgen v0.1.0
	github.com/tenantgen/tenantgen/tenant v0.1.0
	github.com/tenantgen/tenantgen/tenant/tenantjwt v0.1.0
	github.com/tenantgen/tenantgen/tenant/tenantstream v0.1.0
)

require (
	github.com/MicahParks/jwkset v0.11.4 // indirect
	github.com/MicahParks/keyfunc/v3 v3.9.2 // indirect
	github.com/coder/websocket v1.8.15 // indirect
	github.com/fergusstrange/embedded-postgres v1.34.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/lib/pq v1.12.3 // indirect
	github.com/mfridman/interpolate v0.0.2 // indirect
	github.com/sethvargo/go-retry v0.5.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/tmaxmax/go-sse v0.12.0 // indirect
	github.com/xi2/xz v0.0.0-20171230120015-48954b6210f8 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	golang.org/x/exp v0.0.0-20261014143641-f0251eb4aa3e // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

replace (
	github.com/tenantgen/tenantgen => ..
	github.com/tenantgen/tenantgen/tenant => ../tenant
	github.com/tenantgen/tenantgen/tenant/tenantblob => ../tenant/tenantblob
	github.com/tenantgen/tenantgen/tenant/tenantjobs => ../tenant/tenantjobs
	github.com/tenantgen/tenantgen/tenant/tenantjwt => ../tenant/tenantjwt
	github.com/tenantgen/tenantgen/tenant/tenantstream => ../tenant/tenantstream
)
