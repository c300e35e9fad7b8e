// Package syntax reads HQL, the query language of OMERO's IQuery: Parse turns
// a text into a tree, and says where the text is wrong. It knows no classes and
// no properties; package hql does.
//
// The language is that of Hibernate 3 as far as select statements go: joins with
// fetch and with, sub-selects, aggregates, functions, case, select new map and
// new list. Keywords are read in any case, and may be the names of properties
// behind a dot ("o.order").
package syntax
