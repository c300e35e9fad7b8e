package formats

import "io"

// unlzw decompresses TIFF's LZW into at most most bytes. It differs from what
// compress/lzw does in that codes get longer one code earlier.
func unlzw(p []byte, most int) ([]byte, error) {
	const clear, end = 256, 257
	var prefix [4096]uint16
	var suffix [4096]byte
	var length [4096]uint16
	for i := range 256 {
		suffix[i], length[i] = byte(i), 1
	}
	var out []byte
	next, width, last := 258, uint(9), -1
	var bits uint32
	var n uint
	// expand puts the text of a code at the end of out.
	expand := func(code int) {
		l := int(length[code])
		at := len(out)
		for range l {
			out = append(out, 0)
		}
		for i := l - 1; i >= 0; i-- {
			out[at+i] = suffix[code]
			code = int(prefix[code])
		}
	}
	for {
		for n < width {
			if len(p) == 0 {
				return out, nil // some writers leave the end out
			}
			bits, n, p = bits<<8|uint32(p[0]), n+8, p[1:]
		}
		code := int(bits >> (n - width) & (1<<width - 1))
		n -= width
		switch {
		case code == clear:
			next, width, last = 258, 9, -1
			continue
		case code == end:
			return out, nil
		case last < 0:
			if code > 255 {
				return nil, wrong("LZW: the first code is %d", code)
			}
			out = append(out, byte(code))
			last = code
			continue
		case code > next || next > 4095:
			return nil, wrong("LZW: there is no code %d", code)
		}
		at := len(out)
		if code < next {
			expand(code)
		} else {
			expand(last)
			out = append(out, out[at])
		}
		if len(out) > most {
			return out[:most], nil
		}
		prefix[next], suffix[next], length[next] = uint16(last), out[at], length[last]+1
		next++
		last = code
		if next+1 >= 1<<width && width < 12 {
			width++
		}
	}
}

// unpack decompresses PackBits into at most most bytes.
func unpack(p []byte, most int) ([]byte, error) {
	var out []byte
	for len(p) > 0 && len(out) < most {
		n := int(int8(p[0]))
		p = p[1:]
		switch {
		case n >= 0:
			if n+1 > len(p) {
				return nil, io.ErrUnexpectedEOF
			}
			out, p = append(out, p[:n+1]...), p[n+1:]
		case n > -128:
			if len(p) == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			for range 1 - n {
				out = append(out, p[0])
			}
			p = p[1:]
		}
	}
	return out[:min(len(out), most)], nil
}
