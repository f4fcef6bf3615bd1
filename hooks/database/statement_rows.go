package database

import "database/sql/driver"

// columns is all that database/sql asks of SQLite's rows.
type columns interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// rows give their statement back when they are closed.
type rows struct {
	columns
	keeper *keeper
	st     statement
}

// Close tells of what broke off the reading, too.
func (r *rows) Close() error {
	if err := r.columns.Close(); err != nil {
		_ = r.st.Close()
		return err
	}
	r.keeper.putBack(r.st)
	return nil
}
