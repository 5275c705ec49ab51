package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Files show counts as whole numbers, shares as they are (0.85; XLSX formats them as percent) and
// times in seconds, which the heading says. The last line is the total.

// heading is the metric's column heading in a file.
func (m Metric) heading(language string) string {
	name := m.Names[language]
	if name == "" {
		name = m.Names["en"]
	}
	if m.Unit == Millis {
		name += ", " + words("s", "с", "วินาที")[language]
	}
	return name
}

func headings(s Summary, language string) []string {
	if _, ok := words("", "", "")[language]; !ok {
		language = "en"
	}
	first := map[By]map[string]string{
		ByQueue:    words("Queue", "Очередь", "คิว"),
		ByAgent:    words("Agent", "Оператор", "เจ้าหน้าที่"),
		ByHour:     words("Hour", "Час", "ชั่วโมง"),
		ByDay:      words("Day", "День", "วัน"),
		ByQuestion: words("Question", "Вопрос", "คำถาม"),
	}[s.Request.By][language]
	if s.Request.By == ByHour || s.Request.By == ByDay {
		first += ", " + s.Request.Zone.String()
	}
	all := []string{first}
	for _, m := range s.Metrics {
		all = append(all, m.heading(language))
	}
	return all
}

func total(language string) string {
	if t, ok := words("Total", "Итого", "รวม")[language]; ok {
		return t
	}
	return "Total"
}

// lines are the rows with the total at the end.
func (s Summary) lines(language string) []Row {
	last := s.Total
	last.Name = total(language)
	return append(append([]Row{}, s.Rows...), last)
}

// inFile is a cell's value in the file's unit.
func (s Summary) inFile(column int, c Cell) (value float64, ok bool) {
	if c.Value == nil {
		return 0, false
	}
	if s.Metrics[column].Unit == Millis {
		return *c.Value / 1000, true
	}
	return *c.Value, true
}

// Protect keeps a spreadsheet from taking text of customers or agents for a formula: such text gets
// an apostrophe in front, as OWASP advises.
func Protect(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

// WriteCSV writes the summary as text.
func WriteCSV(w io.Writer, s Summary, language string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets guess the encoding by it
		return fmt.Errorf("writing CSV: %w", err)
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	record := headings(s, language)
	for i := range record {
		record[i] = Protect(record[i])
	}
	_ = c.Write(record) // Error tells at the end
	for _, row := range s.lines(language) {
		record = append(record[:0], Protect(row.Name))
		for i, cell := range row.Cells {
			text := ""
			if v, ok := s.inFile(i, cell); ok {
				text = strconv.FormatFloat(rounded(s.Metrics[i].Unit, v), 'f', -1, 64)
			}
			record = append(record, text)
		}
		_ = c.Write(record)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}

// rounded leaves as many digits as mean something: a tenth of a second, a hundredth of a percent.
func rounded(u Unit, v float64) float64 {
	digits := map[Unit]int{Count: 0, Millis: 1, Score: 2, Share: 4}[u]
	r, err := strconv.ParseFloat(strconv.FormatFloat(v, 'f', digits, 64), 64)
	if err != nil {
		return v
	}
	return r
}

// WriteXLSX writes the summary as a workbook with one sheet.
func WriteXLSX(w io.Writer, s Summary, language string) (err error) {
	book := excelize.NewFile()
	defer func() {
		if cerr := book.Close(); err == nil && cerr != nil {
			err = cerr
		}
		if err != nil {
			err = fmt.Errorf("writing XLSX: %w", err)
		}
	}()
	sheet := book.GetSheetName(0)
	stream, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	const wholeNumber, oneDigit, percent = 1, 0, 10 // built-in formats 0 and 0.00%
	tenth := "0.0"
	styles := map[Unit]int{}
	for unit, style := range map[Unit]*excelize.Style{
		Count: {NumFmt: wholeNumber}, Share: {NumFmt: percent}, Millis: {NumFmt: oneDigit, CustomNumFmt: &tenth},
		Score: {NumFmt: oneDigit, CustomNumFmt: &tenth},
	} {
		if styles[unit], err = book.NewStyle(style); err != nil {
			return err
		}
	}
	if err := stream.SetColWidth(1, 1, 28); err != nil {
		return err
	}
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	var line []any
	for _, h := range headings(s, language) {
		line = append(line, excelize.Cell{StyleID: bold, Value: Protect(h)})
	}
	if err := stream.SetRow("A1", line); err != nil {
		return err
	}
	for n, row := range s.lines(language) {
		line = append(line[:0], excelize.Cell{Value: Protect(row.Name)})
		for i, cell := range row.Cells {
			unit := s.Metrics[i].Unit
			if v, ok := s.inFile(i, cell); ok {
				line = append(line, excelize.Cell{StyleID: styles[unit], Value: rounded(unit, v)})
			} else {
				line = append(line, nil)
			}
		}
		if err := stream.SetRow("A"+strconv.Itoa(n+2), line); err != nil {
			return err
		}
	}
	if err := stream.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}
