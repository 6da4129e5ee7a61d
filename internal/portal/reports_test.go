package portal

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"parley/internal/portal/api"
	"parley/internal/quality/permission"
	"parley/internal/quality/repository"
	"parley/internal/state/statetest"
)

func newReports() *repository.Repository {
	r, err := repository.New(repository.Config{Items: &statetest.Table[repository.Item]{}, History: &statetest.Table[repository.Item]{}})
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return r
}

func newPermissions() *permission.Service {
	return permission.New(&statetest.Table[permission.Grant]{})
}

type gotReport struct {
	repository.Item
	MayChange bool
}

func TestReportsAreMadeSharedAndChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	admin, alice, bob := s.signedIn(t, "admin@parley.test"), s.signedIn(t, "alice@parley.test"), s.signedIn(t, "bob@parley.test")

	report := map[string]any{"title": "Mine", "query": map[string]any{"measures": []string{"streams"}}, "view": map[string]any{"as": "table"}}
	var problem api.Problem
	if res := alice.do(http.MethodPost, "/api/v1/quality/reports", report, &problem); res.StatusCode != http.StatusForbidden || !strings.Contains(problem.Detail, "author") {
		t.Fatalf("a reader made a report: %s %+v", res.Status, problem)
	}
	if res := alice.do(http.MethodPut, "/api/v1/quality/permissions/alice@parley.test", permission.Grant{}, nil); res.StatusCode != http.StatusForbidden {
		t.Fatalf("a reader gave themselves a role: %s", res.Status)
	}
	if res := admin.do(http.MethodPut, "/api/v1/quality/permissions/*", permission.Grant{Roles: []permission.Role{permission.Author}}, nil); res.StatusCode != http.StatusNoContent {
		t.Fatalf("grant: %s", res.Status)
	}
	if res := admin.do(http.MethodPut, "/api/v1/quality/permissions/bob@parley.test", permission.Grant{Groups: []string{"network"}}, nil); res.StatusCode != http.StatusNoContent {
		t.Fatalf("grant: %s", res.Status)
	}

	var made gotReport
	if res := alice.do(http.MethodPost, "/api/v1/quality/reports", report, &made); res.StatusCode != http.StatusCreated || made.ID == "" || !made.MayChange || made.Sharing != repository.Personal {
		t.Fatalf("%s %+v", res.Status, made)
	}
	at := "/api/v1/quality/reports/" + made.ID
	if res := bob.do(http.MethodGet, at, nil, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else read a personal report: %s", res.Status)
	}
	made.Sharing, made.Groups = repository.Shared, []string{"network"}
	if res := alice.do(http.MethodPut, at, made, &made); res.StatusCode != http.StatusOK || made.Version != 2 {
		t.Fatalf("%s %+v", res.Status, made)
	}
	var details struct {
		Report gotReport
		Query  json.RawMessage
	}
	if res := bob.do(http.MethodGet, at, nil, &details); res.StatusCode != http.StatusOK || details.Report.MayChange || string(details.Query) != `{"measures":["streams"]}` {
		t.Errorf("%s %+v %s", res.Status, details.Report, details.Query)
	}
	stale := made
	stale.Version = 1
	if res := alice.do(http.MethodPut, at, stale, &problem); res.StatusCode != http.StatusConflict {
		t.Errorf("an old version was written: %s", res.Status)
	}
	if res := bob.do(http.MethodDelete, at, nil, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("somebody else deleted a report: %s", res.Status)
	}
	made.Query = json.RawMessage(`{"measures":["streems"],"meassures":1}`)
	if res := alice.do(http.MethodPut, at, made, &problem); res.StatusCode != http.StatusBadRequest || problem.Path == nil {
		t.Errorf("a bad query: %s %+v", res.Status, problem)
	}
	var versions struct{ Reports []gotReport }
	if alice.do(http.MethodGet, at+"/history", nil, &versions); len(versions.Reports) != 2 {
		t.Errorf("%d versions", len(versions.Reports))
	}
	var back gotReport
	if res := alice.do(http.MethodPost, at+"/history?version=1", nil, &back); res.StatusCode != http.StatusOK || back.Sharing != repository.Personal || back.Version != 3 {
		t.Errorf("%s %+v", res.Status, back)
	}
	if res := alice.do(http.MethodDelete, at, nil, nil); res.StatusCode != http.StatusNoContent {
		t.Errorf("delete: %s", res.Status)
	}
}

func TestBuiltInReportsOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	admin, alice := s.signedIn(t, "admin@parley.test"), s.signedIn(t, "alice@parley.test")
	var tree struct{ Reports []gotReport }
	if alice.do(http.MethodGet, "/api/v1/quality/reports", nil, &tree); len(tree.Reports) < 60 || !tree.Reports[0].BuiltIn || tree.Reports[0].MayChange {
		t.Fatalf("%d reports", len(tree.Reports))
	}
	var details struct {
		Report   gotReport
		Path     []reportLink
		Children []reportLink
	}
	if alice.do(http.MethodGet, "/api/v1/quality/reports/managed", nil, &details); len(details.Path) != 1 || details.Path[0].ID != "scorecard" || len(details.Children) != 3 {
		t.Errorf("%+v", details)
	}
	edited := details.Report
	edited.Title = "Ours"
	if res := admin.do(http.MethodPut, "/api/v1/quality/reports/managed", edited, &edited); res.StatusCode != http.StatusOK || !edited.Edited {
		t.Errorf("%s %+v", res.Status, edited)
	}
	if res := alice.do(http.MethodPost, "/api/v1/quality/reports/defaults", nil, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a reader restored the defaults: %s", res.Status)
	}
	var restored struct{ Restored int }
	if admin.do(http.MethodPost, "/api/v1/quality/reports/defaults", nil, &restored); restored.Restored != 1 {
		t.Errorf("%d restored", restored.Restored)
	}
	var file any
	if res := admin.do(http.MethodGet, "/api/v1/quality/reports/scorecard/export", nil, &file); res.StatusCode != http.StatusOK {
		t.Fatal(res.Status)
	}
	var imported struct {
		Reports []gotReport
		Lacking int
	}
	if res := admin.do(http.MethodPost, "/api/v1/quality/reports/import?parent=data", file, &imported); res.StatusCode != http.StatusOK || len(imported.Reports) != 12 || imported.Reports[0].Parent != "data" {
		t.Errorf("%s %d reports", res.Status, len(imported.Reports))
	}
	var problem api.Problem
	if res := admin.do(http.MethodPost, "/api/v1/quality/reports/import", map[string]int{"x": 1}, &problem); res.StatusCode != http.StatusBadRequest || !strings.Contains(problem.Detail, "Items") {
		t.Errorf("%s %+v", res.Status, problem)
	}
	var copied gotReport
	if res := admin.do(http.MethodPost, "/api/v1/quality/reports/wifi/clone", nil, &copied); res.StatusCode != http.StatusCreated || copied.BuiltIn {
		t.Errorf("%s %+v", res.Status, copied)
	}
}

func TestScopeAndPersonalDataAreHeldInTheAPI(t *testing.T) {
	t.Parallel()
	s := newSite(t, Config{})
	admin, alice := s.signedIn(t, "admin@parley.test"), s.signedIn(t, "alice@parley.test")
	const byUser = `{"dimensions":["second.user"],"measures":["streams"]}`
	if res, _ := alice.ask("/api/v1/quality/query", byUser, "application/json"); res.StatusCode != http.StatusForbidden {
		t.Errorf("a reader saw users: %s", res.Status)
	}
	admin.do(http.MethodPut, "/api/v1/quality/permissions/alice@parley.test", permission.Grant{Roles: []permission.Role{permission.Personal},
		Scope: json.RawMessage(`{"dim":"media_type","eq":"video"}`)}, nil)
	if res, body := alice.ask("/api/v1/quality/query", byUser, "application/json"); res.StatusCode != http.StatusOK {
		t.Errorf("with the role: %s %s", res.Status, body)
	}
	if _, body := alice.ask("/api/v1/quality/explain", byUser, "application/json"); !strings.Contains(body, "(media) IN (2)") {
		t.Errorf("the rows are not confined: %s", body)
	}
	var session api.Session
	if alice.do(http.MethodGet, "/api/v1/session", nil, &session); len(session.Rights) != 1 || session.Rights[0] != "personal" {
		t.Errorf("the session tells %v", session.Rights)
	}
	var list struct{ Permissions []permission.Named }
	if admin.do(http.MethodGet, "/api/v1/quality/permissions", nil, &list); len(list.Permissions) != 1 {
		t.Errorf("%+v", list)
	}
	if res := admin.do(http.MethodDelete, "/api/v1/quality/permissions/alice@parley.test", nil, nil); res.StatusCode != http.StatusNoContent {
		t.Error(res.Status)
	}
	if res, _ := alice.ask("/api/v1/quality/query", byUser, "application/json"); res.StatusCode != http.StatusForbidden {
		t.Errorf("after the role was taken back: %s", res.Status)
	}
}
