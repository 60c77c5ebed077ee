package web

// chart is one of bars, drawn here: an SVG in the page needs no script, and the same numbers stand beside it in a table.
type chart struct {
	Width, Height, Left int
	Bars                []bar
	Rules               []rule
	Says                string // in words
}

type bar struct {
	X, Y, Width, Height, Middle int
	Label, Value                string
}

type rule struct {
	Y     int
	Value string
}

// The measures of a chart, in units of its own.
const (
	chartWidth  = 640
	chartHeight = 260
	chartTop    = 28
	chartBase   = 220 // where bars stand
	chartLeft   = 72
	barShare    = 0.6 // of the room that there is for one
)

// newChart draws a bar for each value.
func newChart(labels []string, values []int64) chart {
	c := chart{Width: chartWidth, Height: chartHeight, Left: chartLeft}
	most := int64(0)
	for i, v := range values {
		if v > most {
			most = v
			c.Says = "The most were " + number(v) + ", in " + labels[i]
		}
	}
	if most == 0 {
		c.Says = "There were none"
	}
	top := above(most)
	for i := range int64(3) {
		value := top * i / 2
		c.Rules = append(c.Rules, rule{Y: height(top, value), Value: number(value)})
	}
	step := float64(chartWidth-chartLeft) / float64(max(len(values), 1))
	for i, v := range values {
		x := chartLeft + step*(float64(i)+(1-barShare)/2)
		y := height(top, v)
		c.Bars = append(c.Bars, bar{X: int(x), Y: y, Width: int(step * barShare), Height: chartBase - y, Middle: int(x + step*barShare/2), Label: labels[i], Value: number(v)})
	}
	return c
}

// height is where a value ends on a scale that goes up to top.
func height(top, value int64) int {
	return chartBase - int(float64(value)/float64(top)*(chartBase-chartTop))
}

// above is the next even number of one digit and zeros that is not below n.
func above(n int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, digit := range []int64{2, 4, 6, 8, 10} {
			if n <= digit*unit {
				return digit * unit
			}
		}
	}
}
