package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"sync"
	"time"
)

// maxSessions bounds the store and maxUserSessions one user's share of it; the least recently used makes room.
const (
	maxSessions     = 10_000
	maxUserSessions = 20
)

// recheckTime is how long an account is believed without asking whether it still exists and with which role.
const recheckTime = time.Minute

// session is one signed-in browser. Its fields do not change but for what mu of the store guards.
type session struct {
	key     [sha256.Size]byte
	account Account
	csrf    string
	ends    time.Time     // whatever happens
	done    chan struct{} // closed when the session ends

	used    time.Time // guarded by the store's mu
	checked time.Time // guarded by the store's mu
}

// csrfMatches compares a token without telling by its time how much of it was right.
func (s *session) csrfMatches(token string) bool {
	return subtle.ConstantTimeCompare([]byte(s.csrf), []byte(token)) == 1
}

// sessionStore holds the sessions by the hash of their cookie's secret: who reads the memory cannot take one over.
type sessionStore struct {
	idle, life time.Duration

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]*session
}

func newSessionStore(idle, life time.Duration) *sessionStore {
	return &sessionStore{idle: idle, life: life, sessions: map[[sha256.Size]byte]*session{}}
}

// start makes a session and returns it with the secret for its cookie.
func (st *sessionStore) start(account Account) (s *session, secret string) {
	now := time.Now()
	secret = rand.Text() + rand.Text()
	s = &session{
		key: sha256.Sum256([]byte(secret)), account: account, csrf: rand.Text(),
		ends: now.Add(st.life), used: now, checked: now, done: make(chan struct{}),
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.makeRoom(now, account.User)
	st.sessions[s.key] = s
	return s, secret
}

// makeRoom ends what has expired and, where a limit is reached, the least recently used session. mu is held.
func (st *sessionStore) makeRoom(now time.Time, user string) {
	var oldest, oldestOfUser *session
	ofUser := 0
	for _, s := range st.sessions {
		if st.expired(s, now) {
			st.remove(s)
			continue
		}
		if oldest == nil || s.used.Before(oldest.used) {
			oldest = s
		}
		if s.account.User == user {
			ofUser++
			if oldestOfUser == nil || s.used.Before(oldestOfUser.used) {
				oldestOfUser = s
			}
		}
	}
	switch {
	case ofUser >= maxUserSessions:
		st.remove(oldestOfUser)
	case len(st.sessions) >= maxSessions:
		st.remove(oldest)
	}
}

func (st *sessionStore) expired(s *session, now time.Time) bool {
	return !now.Before(s.ends) || now.Sub(s.used) >= st.idle
}

// remove ends a session. mu is held.
func (st *sessionStore) remove(s *session) {
	if _, ok := st.sessions[s.key]; ok {
		delete(st.sessions, s.key)
		close(s.done)
	}
}

// find returns the live session of a cookie's secret, nil without one, and counts it as used. due tells that the
// account should be asked for again; then the caller does so and no other request until recheckTime has passed.
func (st *sessionStore) find(secret string) (s *session, due bool) {
	key := sha256.Sum256([]byte(secret))
	now := time.Now()
	st.mu.Lock()
	defer st.mu.Unlock()
	s = st.sessions[key]
	if s == nil {
		return nil, false
	}
	if st.expired(s, now) {
		st.remove(s)
		return nil, false
	}
	s.used = now
	if now.Sub(s.checked) >= recheckTime {
		s.checked, due = now, true
	}
	return s, due
}

// end ends a session; it may have ended already.
func (st *sessionStore) end(s *session) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.remove(s)
}

// expires is when the session ends if it is not used again.
func (st *sessionStore) expires(s *session) time.Time {
	st.mu.Lock()
	defer st.mu.Unlock()
	if idle := s.used.Add(st.idle); idle.Before(s.ends) {
		return idle
	}
	return s.ends
}
