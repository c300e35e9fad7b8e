package services

import (
	"context"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/graph"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// graphSource is the database as package graph asks it, within a transaction.
// It sees everything: who may do what is asked elsewhere.
type graphSource struct{ tx *store.Tx }

// chunk is how many ids go into one statement.
const chunk = 5000

// inChunks calls fn with lists of ids for SQL, "1,2,3".
func inChunks(ids []int64, fn func(list string) error) error {
	for len(ids) > 0 {
		n := min(len(ids), chunk)
		var b strings.Builder
		for i, id := range ids[:n] {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.FormatInt(id, 10))
		}
		if err := fn(b.String()); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// sqlName quotes a table or a column.
func sqlName(name string) string { return `"` + name + `"` }

func (g graphSource) edges(p *schema.Prop, by string, ids []int64) (edges []graph.Edge, err error) {
	condition := store.Kinds(p.Class, "t")
	if condition != "" {
		condition = " AND " + condition
	}
	column := `t.` + sqlName(p.Column)
	if by == "" {
		by = column
	}
	err = inChunks(ids, func(list string) error {
		rows, err := g.tx.SQL(`SELECT t."id", ` + column + ` FROM ` + sqlName(p.Class.Table()) + ` AS "t" WHERE ` + by + ` IN (` + list + `) AND ` + column + ` IS NOT NULL` + condition)
		for _, row := range rows {
			from, _ := row[0].(int64)
			to, _ := row[1].(int64)
			edges = append(edges, graph.Edge{From: from, To: to})
		}
		return err
	})
	return edges, err
}

func (g graphSource) Referrers(_ context.Context, p *schema.Prop, to []int64) ([]graph.Edge, error) {
	return g.edges(p, "", to)
}

func (g graphSource) Targets(_ context.Context, p *schema.Prop, from []int64) ([]graph.Edge, error) {
	return g.edges(p, `t."id"`, from)
}

func (g graphSource) Info(_ context.Context, root *schema.Class, ids []int64) (map[int64]graph.Info, error) {
	columns := `t."id"`
	if root.Mixed() {
		columns += `, t.` + sqlName(schema.KindColumn)
	} else {
		columns += `, NULL`
	}
	if root.Global {
		columns += `, -1, -1`
	} else {
		columns += `, t.` + sqlName(schema.OwnerColumn) + `, t.` + sqlName(schema.GroupColumn)
	}
	if p := root.Prop("ns"); p != nil {
		columns += `, t.` + sqlName(p.Column)
	} else {
		columns += `, NULL`
	}
	all := map[int64]graph.Info{}
	err := inChunks(ids, func(list string) error {
		rows, err := g.tx.SQL(`SELECT ` + columns + ` FROM ` + sqlName(root.Table()) + ` AS "t" WHERE t."id" IN (` + list + `)`)
		for _, row := range rows {
			i := graph.Info{Class: root}
			id, _ := row[0].(int64)
			if kind, ok := row[1].(string); ok {
				if c := schema.Find(kind); c != nil {
					i.Class = c
				}
			}
			i.Owner, _ = row[2].(int64)
			i.Group, _ = row[3].(int64)
			i.Namespace, _ = row[4].(string)
			all[id] = i
		}
		return err
	})
	return all, err
}
