package portal

import (
	"os"
	"testing"

	"parley/test/peers"
)

func TestMain(m *testing.M) { os.Exit(peers.Main(m)) }
