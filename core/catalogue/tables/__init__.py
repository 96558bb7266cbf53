"""Tables of products as shops export them: text or workbook, any separator, header and encoding."""
