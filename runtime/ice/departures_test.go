package ice

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each row of the table of departures names a property that there is, and a test, or a row of interop/manual, that shows it.
func TestDepartures(t *testing.T) {
	text, err := os.ReadFile("DEPARTURES.md")
	require.NoError(t, err)
	tests := testNames(t, ".", "../../interop")
	statements := ""
	files, err := os.ReadDir("../../interop/manual")
	require.NoError(t, err)
	for _, f := range files {
		code, err := os.ReadFile("../../interop/manual/" + f.Name())
		require.NoError(t, err)
		statements += string(code)
	}
	known := map[string]bool{}
	for _, name := range everyProperty() {
		known[strings.TrimSuffix(strings.TrimSuffix(name, "*"), ".")] = true
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 6 || cells[0] == "| id" || strings.HasPrefix(cells[0], "| ---") {
			continue
		}
		rows++
		property := strings.Trim(cells[4], "`")
		property = strings.NewReplacer("NAME.Context.*", "P.Context", "NAME.", "A.").Replace(property)
		assert.True(t, known[property], "%s: there is no property %s", cells[0], cells[4])
		shown := strings.TrimSuffix(cells[5], " |")
		assert.True(t, tests[shown] || strings.Contains(statements, `"`+shown+`"`), "%s: nothing is called %q", cells[0], shown)
		for _, m := range regexp.MustCompile("`([A-Za-z]+\\.[A-Za-z.]+)").FindAllStringSubmatch(line, -1) {
			name := strings.TrimSuffix(m[1], ".")
			assert.True(t, strings.HasPrefix(name, "NAME.") || known[name] || name == "Ice.ThreadPool", "%s: there is no property %s", cells[0], name)
		}
	}
	assert.Greater(t, rows, 10)
}
