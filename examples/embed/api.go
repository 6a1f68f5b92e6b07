package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/soarkit/soarkit/workflow"
)

// maxBody bounds what a request may bring.
const maxBody = 1 << 20

type api struct {
	engine  *workflow.Engine
	contain *workflow.Workflow[Alert, string]
}

func newAPI(e *workflow.Engine, w *workflow.Workflow[Alert, string]) http.Handler {
	a := &api{e, w}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /runs/{id}", a.start)
	mux.HandleFunc("POST /runs/{id}/answer", a.answer)
	mux.HandleFunc("DELETE /runs/{id}", a.cancel)
	mux.HandleFunc("GET /runs/{id}/events", a.events)
	mux.HandleFunc("GET /runs", func(w http.ResponseWriter, _ *http.Request) { reply(w, e.Runs()) })
	mux.HandleFunc("GET /questions", func(w http.ResponseWriter, _ *http.Request) { reply(w, e.Questions()) })
	return mux
}

// start starts a run; the same request again finds the same run.
func (a *api) start(w http.ResponseWriter, r *http.Request) {
	var alert Alert
	if !read(w, r, &alert) {
		return
	}
	run, err := workflow.Start(r.Context(), a.engine, a.contain, r.PathValue("id"), alert)
	if err != nil {
		refuse(w, err)
		return
	}
	reply(w, map[string]string{"run": run.ID()})
}

// answer answers the oldest open question of a run.
func (a *api) answer(w http.ResponseWriter, r *http.Request) {
	var answer workflow.Answer
	if !read(w, r, &answer) {
		return
	}
	for _, q := range a.engine.Questions() {
		if q.Run == r.PathValue("id") {
			if err := a.engine.Answer(q, answer); err != nil {
				refuse(w, err)
				return
			}
			reply(w, q)
			return
		}
	}
	refuse(w, workflow.ErrNoQuestion)
}

func (a *api) cancel(w http.ResponseWriter, r *http.Request) {
	if err := a.engine.Cancel(r.PathValue("id"), errors.New("cancelled by request")); err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// events streams the run's events as JSON lines, from the oldest that is kept, until
// the run ends, the reader goes or the service ends. A reader that sees no
// "run.ended" asks again; numbers that are missing tell it what it has missed.
func (a *api) events(w http.ResponseWriter, r *http.Request) {
	run, err := a.engine.Attach(r.PathValue("id"))
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	for e, err := range run.Events(r.Context(), 0) {
		if err != nil || out.Encode(e) != nil {
			return
		}
		_ = http.NewResponseController(w).Flush() // not every writer can
	}
}

func read(w http.ResponseWriter, r *http.Request, v any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(v); err != nil {
		http.Error(w, "the body is not the JSON that is expected: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, workflow.ErrNoRun), errors.Is(err, workflow.ErrNoQuestion):
		status = http.StatusNotFound
	case errors.Is(err, workflow.ErrRunExists), errors.Is(err, workflow.ErrAnswered), errors.Is(err, workflow.ErrEnded):
		status = http.StatusConflict
	case errors.Is(err, workflow.ErrAnswer):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, workflow.ErrClosed), errors.Is(err, context.Canceled):
		status = http.StatusServiceUnavailable
	}
	http.Error(w, err.Error(), status)
}
