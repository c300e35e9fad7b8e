package services

import (
	"context"

	"github.com/slice2go/slice2go/generated/omero"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/store"
)

// storeData is a store as services ask it.
type storeData struct {
	store *store.Store
	uuid  string
}

// stored is the caller as the store knows callers.
func (who *Caller) stored() store.Caller {
	if who.All {
		c := store.System()
		if who.Session != nil {
			c.SessionID = who.Session.ID
		}
		return c
	}
	c := store.Caller{
		UserID: who.ID, GroupID: who.Group, Admin: who.Admin, Privileges: who.Privileges, MemberOf: who.Member, LeaderOf: who.Leader,
	}
	if who.Session != nil {
		c.SessionID, c.EventType = who.Session.ID, who.Session.EventType
	}
	return c
}

func (d *storeData) Save(ctx context.Context, who *Caller, objects omero.IObjectList) (saved omero.IObjectList, err error) {
	err = d.store.Update(ctx, who.stored(), func(tx *store.Tx) error {
		saved, err = tx.Save(objects...)
		return err
	})
	return saved, err
}

func (d *storeData) Delete(ctx context.Context, who *Caller, class string, id int64) error {
	c := schema.Find(class)
	if c == nil {
		return ApiUsage("%q is no class of the model", firstLine(class))
	}
	return d.store.Update(ctx, who.stored(), func(tx *store.Tx) error { return tx.Delete(c, id) })
}

func (d *storeData) Change(ctx context.Context, who *Caller, class string, ids []int64, c Change) error {
	of := schema.Find(class)
	if of == nil {
		return ApiUsage("%q is no class of the model", firstLine(class))
	}
	return d.store.Update(ctx, who.stored(), func(tx *store.Tx) error {
		for column, value := range map[string]*int64{
			schema.OwnerColumn: c.Owner, schema.GroupColumn: c.Group, schema.PermsColumn: c.Permissions,
		} {
			if value == nil {
				continue
			}
			if column != schema.PermsColumn && of.Global {
				return ApiUsage("objects of class %s belong to nobody", of.Name)
			}
			if err := inChunks(ids, func(list string) error {
				_, err := tx.Exec(`UPDATE `+sqlName(of.Table())+` SET `+sqlName(column)+` = ? WHERE "id" IN (`+list+`)`, *value)
				return err
			}); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if err := tx.Log("UPDATE", of, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *storeData) Enumerations() map[string][]string {
	all := map[string][]string{}
	for _, c := range schema.Classes() {
		if c.Enum {
			all[c.Name] = c.Entries()
		}
	}
	return all
}

func (d *storeData) UUID() string { return d.uuid }
