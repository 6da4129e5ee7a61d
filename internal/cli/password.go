package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

const stdinFlag = "password-stdin"

func passwordFlag(c *cobra.Command) {
	c.Flags().Bool(stdinFlag, false, "read the password from the first line of standard input, also when that is a terminal")
}

// readPassword asks twice on a terminal, without showing what is typed; otherwise it reads one line.
func readPassword(cmd *cobra.Command) (string, error) {
	in := bufio.NewReader(cmd.InOrStdin())
	terminal, isFile := cmd.InOrStdin().(*os.File)
	if fromLine, err := cmd.Flags().GetBool(stdinFlag); err != nil || fromLine || !isFile {
		return firstLine(in)
	}
	show, err := hideTyping(int(terminal.Fd()))
	if err != nil { // no terminal
		return firstLine(in)
	}
	defer show()
	fmt.Fprint(cmd.ErrOrStderr(), "Password: ")
	password, err := firstLine(in)
	if err != nil {
		return "", err
	}
	fmt.Fprint(cmd.ErrOrStderr(), "\nAgain: ")
	again, err := firstLine(in)
	fmt.Fprintln(cmd.ErrOrStderr())
	if err != nil {
		return "", err
	}
	if password != again {
		return "", errors.New("the two passwords differ")
	}
	return password, nil
}

func firstLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read password: %w", err)
	}
	line = strings.TrimRight(line, "\r\n")
	if line == "" {
		return "", errors.New("no password was given")
	}
	return line, nil
}

// hideTyping switches off a terminal's echo; show switches it on again.
func hideTyping(fd int) (show func(), err error) {
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	quiet := *was
	quiet.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return nil, err
	}
	return func() {
		// Nothing can be done about a terminal that is gone.
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, was)
	}, nil
}
