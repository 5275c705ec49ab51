package codec

// The tables of ITU-T G.722, constants by nature.
var (
	// g722Mirror is half of the symmetric quadrature mirror filter, Q13.
	g722Mirror = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

	// g722Levels are the decision levels of the lower band; a difference below level i has code i.
	g722Levels = [30]int32{
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650,
		714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
	}

	// g722Low6 are the lower band's output values by six-bit code; the first four codes are not sent.
	g722Low6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}

	// g722Low4 are the values by the upper four bits, which alone drive the prediction.
	g722Low4 = [16]int32{
		0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
	}

	// g722LowWeights say by the upper four bits how the logarithm of the scale moves.
	g722LowWeights = [16]int32{-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60}

	// g722High2 and g722HighWeights are the same for the upper band's two bits.
	g722High2       = [4]int32{-7408, -1616, 7408, 1616}
	g722HighWeights = [4]int32{798, -214, 798, -214}

	// g722Powers are 2^(i/32), Q11.
	g722Powers = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
)
