// Package ent is generated: go generate ./...
package ent

//go:generate go run -mod=mod entgo.io/ent/cmd/ent generate --feature privacy,entql ./schema
