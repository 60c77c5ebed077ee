package lsp

// What of the Language Server Protocol 3.17 is used
// (https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification).

type position struct {
	Line      int `json:"line"`      // from 0
	Character int `json:"character"` // in UTF-16 code units, from 0
}

type span struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

type documentID struct {
	URI string `json:"uri"`
}

// didChange is the parameter of didOpen, didChange, didSave and didClose, as far as each has
// its fields.
type didChange struct {
	TextDocument struct {
		URI  string `json:"uri"`
		Text string `json:"text"`
	} `json:"textDocument"`
	ContentChanges []struct {
		Text string `json:"text"`
	} `json:"contentChanges"`
}

type watchedFiles struct {
	Changes []documentID `json:"changes"`
}

type diagnostic struct {
	Range           span   `json:"range"`
	Severity        int    `json:"severity"` // 1 error, 2 warning
	Code            string `json:"code"`
	CodeDescription *href  `json:"codeDescription,omitempty"`
	Source          string `json:"source"`
	Message         string `json:"message"`
}

type href struct {
	Href string `json:"href"`
}

type publishDiagnostics struct {
	URI         string       `json:"uri"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

type atPosition struct {
	TextDocument documentID `json:"textDocument"`
	Position     position   `json:"position"`
}

type hover struct {
	Contents markup `json:"contents"`
	Range    span   `json:"range"`
}

type markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type codeActionParams struct {
	TextDocument documentID `json:"textDocument"`
	Range        span       `json:"range"`
}

type codeAction struct {
	Title       string        `json:"title"`
	Kind        string        `json:"kind"`
	Diagnostics []diagnostic  `json:"diagnostics"`
	Edit        workspaceEdit `json:"edit"`
}

type workspaceEdit struct {
	Changes map[string][]textEdit `json:"changes"`
}

type textEdit struct {
	Range   span   `json:"range"`
	NewText string `json:"newText"`
}

type completionItem struct {
	Label    string   `json:"label"`
	Kind     int      `json:"kind"` // 14: a key word
	Detail   string   `json:"detail,omitempty"`
	TextEdit textEdit `json:"textEdit"`
}

type initializeResult struct {
	Capabilities capabilities `json:"capabilities"`
	ServerInfo   serverInfo   `json:"serverInfo"`
}

type serverInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type capabilities struct {
	TextDocumentSync   syncOptions    `json:"textDocumentSync"`
	HoverProvider      bool           `json:"hoverProvider"`
	CodeActionProvider actionOptions  `json:"codeActionProvider"`
	CompletionProvider triggerOptions `json:"completionProvider"`
}

type syncOptions struct {
	OpenClose bool `json:"openClose"`
	Change    int  `json:"change"` // 1: the whole text
	Save      bool `json:"save"`
}

type actionOptions struct {
	CodeActionKinds []string `json:"codeActionKinds"`
}

type triggerOptions struct {
	TriggerCharacters []string `json:"triggerCharacters"`
}
