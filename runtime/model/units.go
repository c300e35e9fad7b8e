package model

import "strings"

// UnitSymbol returns the symbol of a unit of measure by the name that OMERO
// gives it, µm for MICROMETER. A name that is not known is its own symbol.
func UnitSymbol(name string) string {
	if s, ok := unitSymbols[name]; ok {
		return s
	}
	for _, b := range unitBases {
		prefix, ok := strings.CutSuffix(name, b.name)
		if !ok {
			continue
		}
		if p, ok := unitPrefixes[prefix]; ok {
			return p + b.symbol
		}
	}
	return name
}

var unitPrefixes = map[string]string{
	"YOTTA": "Y", "ZETTA": "Z", "EXA": "E", "PETA": "P", "TERA": "T", "GIGA": "G", "MEGA": "M", "KILO": "k",
	"HECTO": "h", "DECA": "da", "": "", "DECI": "d", "CENTI": "c", "MILLI": "m", "MICRO": "µ", "NANO": "n",
	"PICO": "p", "FEMTO": "f", "ATTO": "a", "ZEPTO": "z", "YOCTO": "y",
}

var unitBases = []struct{ name, symbol string }{
	{"METER", "m"}, {"SECOND", "s"}, {"VOLT", "V"}, {"HERTZ", "Hz"}, {"WATT", "W"}, {"PASCAL", "Pa"}, {"BAR", "bar"}, {"TORR", "Torr"},
}

var unitSymbols = map[string]string{
	"ANGSTROM": "Å", "ASTRONOMICALUNIT": "ua", "LIGHTYEAR": "ly", "PARSEC": "pc", "THOU": "thou", "LINE": "li",
	"INCH": "in", "FOOT": "ft", "YARD": "yd", "MILE": "mi", "POINT": "pt", "PIXEL": "pixel", "REFERENCEFRAME": "reference frame",
	"MINUTE": "min", "HOUR": "h", "DAY": "d",
	"ATMOSPHERE": "atm", "PSI": "psi", "MMHG": "mm Hg",
	"CELSIUS": "°C", "FAHRENHEIT": "°F", "KELVIN": "K", "RANKINE": "°R",
}
