package database

import "database/sql/driver"

// columns is the set of interfaces that database/sql uses of SQLite's rows.
type columns interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// rows return their statement to the cache when they are closed.
type rows struct {
	columns
	statementCache *statementCache
	st             statement
}

// Close drops the statement if reading the rows has failed.
func (r *rows) Close() error {
	if err := r.columns.Close(); err != nil {
		_ = r.st.Close()
		return err
	}
	r.statementCache.putBack(r.st)
	return nil
}
