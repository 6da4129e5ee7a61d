package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
)

// maxAnswer bounds an answer in bytes; a list of 100,000 users fits.
const maxAnswer = 64 << 20

// Client does the work of Users in a running server.
type Client struct{ http http.Client }

// ErrNotRunning means that no server answers at the socket.
var ErrNotRunning = errors.New("no server is running on this data folder")

// Dial finds the server that runs on a data folder; ErrNotRunning without one.
func Dial(ctx context.Context, dir string) (*Client, error) {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		path, done, err := socketPath(dir)
		if err != nil {
			return nil, err
		}
		defer done()
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	conn, err := dial(ctx, "", "")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
	}
	if err := conn.Close(); err != nil {
		return nil, fmt.Errorf("call the server: %w", err)
	}
	return &Client{http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: 2 * callTime}}, nil
}

// Close ends the connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Add implements Users.
func (c *Client) Add(ctx context.Context, u User, password string) error {
	return c.call(ctx, http.MethodPost, "/users", newUser{u, password}, &struct{}{})
}

// List implements Users.
func (c *Client) List(ctx context.Context) ([]User, error) {
	var list []User
	err := c.call(ctx, http.MethodGet, "/users", nil, &list)
	return list, err
}

// Remove implements Users.
func (c *Client) Remove(ctx context.Context, address string) error {
	return c.call(ctx, http.MethodDelete, "/users/"+url.PathEscape(address), nil, &struct{}{})
}

// SetPassword implements Users.
func (c *Client) SetPassword(ctx context.Context, address, password string) error {
	return c.call(ctx, http.MethodPut, "/users/"+url.PathEscape(address)+"/password", newPassword{password}, &struct{}{})
}

func (c *Client) call(ctx context.Context, method, path string, body, result any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://parley"+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("call the server: %w", err)
	}
	defer res.Body.Close()
	in := json.NewDecoder(io.LimitReader(res.Body, maxAnswer))
	if res.StatusCode != http.StatusOK {
		return failure(res.StatusCode, in)
	}
	if err := in.Decode(result); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// failure is the error that the server told.
func failure(status int, in *json.Decoder) error {
	switch status {
	case http.StatusConflict:
		return ErrExists
	case http.StatusNotFound:
		return ErrUnknown
	}
	var p problem
	if err := in.Decode(&p); err != nil {
		return fmt.Errorf("the server answered with status %d", status)
	}
	return errors.New(p.Error)
}
