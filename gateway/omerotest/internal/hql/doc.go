// Package hql reads queries in the Hibernate Query Language, as OMERO's clients
// write them, and translates them to SQL over the tables of package schema.
//
// [Parse] gives the syntax tree of a text, [Compile] a [Plan]: one SQL
// statement, its parameters, and how its rows become objects and values. Package
// store runs plans.
//
// Nothing of a query's text gets into the SQL but what is known to be a name of a table or
// column; literals and parameters are bound. Every table that a statement reads,
// in joins and sub-selects too, carries the condition that [Env.Visible] gives for it.
//
// A query that OMERO would refuse is an *[Error] with the place in the text. So
// is one that only this server does not know; its message then says "is not
// offered here".
package hql
