//! Products of a few rows with a tensor's own memory: each row of weights is read once, for all of them.
//!
//! They read tensors as slices and use AVX2 where the machine has it, plain loops elsewhere. A row's result does not
//! depend on the rows beside it, to the last bit.
#![expect(unsafe_code, reason = "slices over tensor memory, and AVX2 instructions")]

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _MM_HINT_T0, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps, _mm_prefetch,
    _mm256_add_ps, _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps,
};

use tch::{Kind, Tensor};

use super::weight::Weight;

/// Numbers in one AVX2 register.
#[cfg(target_arch = "x86_64")]
const LANES: usize = 8;

/// Sums kept apart, so that additions do not wait for one another.
#[cfg(target_arch = "x86_64")]
const SUMS: usize = 4;

/// Most rows of `x` that share a load of weights: their sums fill the 16 registers.
#[cfg(target_arch = "x86_64")]
const GROUP: usize = 3;

/// Parts of the weights that are read side by side: more of memory's channels are busy than in one.
#[cfg(target_arch = "x86_64")]
const STREAMS: usize = 3;

/// Bytes by which each stream asks for weights before they are needed.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 2048;

/// `x [.., in]` times f32 weights `[out, in]`.
pub fn f32(x: &Tensor, weight: &Tensor) -> Tensor {
    by_rows(x, weight, |x, out| f32_rows(x, weight, out))
}

/// `x [.., in]` times bf16 weights `[out, in]`; sums in f32.
pub fn bf16(x: &Tensor, weight: &Tensor) -> Tensor {
    by_rows(x, weight, |x, out| bf16_rows(x, weight, out))
}

/// `x [.., in]` times int8 weights `[out, in]` with one f32 scale an output channel `[out]`; sums in f32.
pub fn int8(x: &Tensor, weight: &Tensor, scale: &Tensor) -> Tensor {
    by_rows(x, weight, |x, out| int8_rows(x, weight, scale, out))
}

/// Rows `[rows, in]` times f32 weights, into `[rows, out]`.
pub fn f32_rows(x: &[f32], weight: &Tensor, out: &mut [f32]) {
    products(slice::<f32>(weight), inputs(weight), x, out);
}

/// Rows `[rows, in]` times bf16 weights, into `[rows, out]`.
pub fn bf16_rows(x: &[f32], weight: &Tensor, out: &mut [f32]) {
    products(slice::<u16>(weight), inputs(weight), x, out);
}

/// Rows `[rows, in]` times int8 weights with scales, into `[rows, out]`.
pub fn int8_rows(x: &[f32], weight: &Tensor, scale: &Tensor, out: &mut [f32]) {
    products(slice::<i8>(weight), inputs(weight), x, out);
    let scale = slice::<f32>(scale);
    for out in out.chunks_exact_mut(scale.len()) {
        out.iter_mut().zip(scale).for_each(|(out, scale)| *out *= scale);
    }
}

/// Dot products of `x [width]` with every row of `rows [n, width]`, into `[n]`.
pub fn dots(x: &[f32], rows: &[f32], out: &mut [f32]) {
    products(rows, x.len(), x, out);
}

/// The sum of the rows of `rows [n, width]`, each times its share, into `[width]`.
pub fn weighted_sum(shares: &[f32], rows: &[f32], out: &mut [f32]) {
    assert_eq!(rows.len(), shares.len() * out.len(), "expected one row a share");
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: AVX2 and FMA are there, and the lengths were just checked.
        return unsafe { weighted_sum_avx2(shares, rows, out) };
    }
    weighted_sum_portable(shares, rows, out);
}

/// A CPU tensor's f32 elements.
pub fn elements(tensor: &Tensor) -> &[f32] {
    slice(tensor)
}

/// A CPU tensor's f32 elements, to write to; the tensor must share its memory with no other.
pub fn elements_mut(tensor: &mut Tensor) -> &mut [f32] {
    check::<f32>(tensor);
    // SAFETY: checked as in `slice`; the borrow is exclusive, and callers own the memory alone.
    unsafe { std::slice::from_raw_parts_mut(tensor.data_ptr().cast::<f32>(), tensor.numel()) }
}

fn by_rows(x: &Tensor, weight: &Tensor, multiply: impl Fn(&[f32], &mut [f32])) -> Tensor {
    let outputs = weight.size()[0] as usize;
    product(x, outputs, inputs(weight), multiply)
}

/// Input features of weights `[out, in]`.
fn inputs(weight: &Tensor) -> usize {
    weight.size2().expect("weights are matrices").1 as usize
}

/// Calls `multiply` with the rows of `x [.., inputs]` in f32 and the place of their results: `[.., outputs]`.
pub fn product(x: &Tensor, outputs: usize, inputs: usize, multiply: impl Fn(&[f32], &mut [f32])) -> Tensor {
    let wide = x.to_kind(Kind::Float).contiguous();
    let mut size = x.size();
    *size.last_mut().expect("x has features") = outputs as i64;
    let mut out = vec![0.0_f32; wide.numel() / inputs * outputs];
    multiply(elements(&wide), &mut out);
    Tensor::from_slice(&out).reshape(size).to_kind(x.kind())
}

/// A tensor's elements; the caller names their Rust type.
fn slice<T>(tensor: &Tensor) -> &[T] {
    check::<T>(tensor);
    // SAFETY: the tensor is contiguous, on the CPU, its elements have T's size, and it outlives the slice.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<T>(), tensor.numel()) }
}

fn check<T>(tensor: &Tensor) {
    assert!(
        tensor.is_contiguous() && tensor.device() == tch::Device::Cpu,
        "expected a contiguous tensor on the CPU"
    );
    assert_eq!(tensor.kind().elt_size_in_bytes(), size_of::<T>(), "expected elements of another size");
}

/// Rows `x [rows, inputs]` times every row of `weights [outputs, inputs]`, into `out [rows, outputs]`; lengths must
/// agree.
fn products<W: Weight>(weights: &[W], inputs: usize, x: &[f32], out: &mut [f32]) {
    let (rows, outputs) = (x.len() / inputs, weights.len() / inputs);
    let whole = (rows * inputs, outputs * inputs, rows * outputs);
    assert_eq!(
        (x.len(), weights.len(), out.len()),
        whole,
        "expected whole rows and a place for each product"
    );
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: AVX2 and FMA are there, and the lengths were just checked.
        return unsafe { products_avx2(weights, inputs, x, out) };
    }
    for (output, weights) in weights.chunks_exact(inputs).enumerate() {
        for (row, x) in x.chunks_exact(inputs).enumerate() {
            out[row * outputs + output] = product_portable(weights, x);
        }
    }
}

/// # Safety
/// The machine has AVX2 and FMA; lengths are as [`products`] says.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn products_avx2<W: Weight>(weights: &[W], inputs: usize, x: &[f32], out: &mut [f32]) {
    let outputs = weights.len() / inputs;
    let each = outputs.div_ceil(STREAMS);
    for step in 0..each {
        for output in (step..outputs).step_by(each) {
            let weights = &weights[output * inputs..(output + 1) * inputs];
            for (group, x) in x.chunks(GROUP * inputs).enumerate() {
                let mut put = |row: usize, product| out[(group * GROUP + row) * outputs + output] = product;
                // SAFETY: the caller's promise; `x` holds as many rows as are asked for.
                unsafe {
                    match x.len() / inputs {
                        GROUP => product_avx2::<W, GROUP>(weights, x, &mut put),
                        2 => product_avx2::<W, 2>(weights, x, &mut put),
                        _ => product_avx2::<W, 1>(weights, x, &mut put),
                    }
                }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

fn product_portable<W: Weight>(row: &[W], x: &[f32]) -> f32 {
    row.iter().zip(x).map(|(weight, x)| weight.widen() * x).sum()
}

/// Hands `put` the product of `weights` with each of `ROWS` rows, one after another in `x`.
///
/// # Safety
/// The machine has AVX2 and FMA; `x` is `ROWS` times as long as `weights`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn product_avx2<W: Weight, const ROWS: usize>(
    weights: &[W],
    x: &[f32],
    put: &mut impl FnMut(usize, f32),
) {
    let inputs = weights.len();
    let mut sums = [[_mm256_setzero_ps(); SUMS]; ROWS];
    let stride = SUMS * LANES;
    let strides = inputs / stride * stride;
    let whole = inputs / LANES * LANES;
    // The inner loops have constant lengths, so that they are unrolled and the sums stay in registers.
    for at in (0..strides).step_by(stride) {
        for part in 0..SUMS {
            let at = at + part * LANES;
            // SAFETY: `at + LANES` is at most the length of a row; what is asked for beforehand may lie anywhere.
            let loaded = unsafe {
                let weights = weights.as_ptr().add(at);
                _mm_prefetch::<_MM_HINT_T0>(weights.wrapping_byte_add(AHEAD).cast());
                W::load(weights)
            };
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: as above; `x` holds `ROWS` rows.
                let x = unsafe { _mm256_loadu_ps(x.as_ptr().add(row * inputs + at)) };
                sums[part] = _mm256_fmadd_ps(loaded, x, sums[part]);
            }
        }
    }
    for at in (strides..whole).step_by(LANES) {
        // SAFETY: as above.
        let loaded = unsafe { W::load(weights.as_ptr().add(at)) };
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: as above.
            let x = unsafe { _mm256_loadu_ps(x.as_ptr().add(row * inputs + at)) };
            sums[0] = _mm256_fmadd_ps(loaded, x, sums[0]);
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let sum = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
        let four = _mm_add_ps(_mm256_castps256_ps128(sum), _mm256_extractf128_ps(sum, 1));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        let one = _mm_add_ss(two, _mm_movehdup_ps(two));
        let rest = product_portable(&weights[whole..], &x[row * inputs + whole..(row + 1) * inputs]);
        put(row, _mm_cvtss_f32(one) + rest);
    }
}

fn weighted_sum_portable(shares: &[f32], rows: &[f32], out: &mut [f32]) {
    out.fill(0.0);
    for (share, row) in shares.iter().zip(rows.chunks_exact(out.len())) {
        out.iter_mut().zip(row).for_each(|(out, value)| *out += share * value);
    }
}

/// # Safety
/// The machine has AVX2 and FMA; `rows` holds a row as long as `out` for every share.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn weighted_sum_avx2(shares: &[f32], rows: &[f32], out: &mut [f32]) {
    let width = out.len();
    let whole = width / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        let mut sum = _mm256_setzero_ps();
        for (index, share) in shares.iter().enumerate() {
            // SAFETY: row `index` holds `width` numbers, `at + LANES` is at most that.
            let values = unsafe { _mm256_loadu_ps(rows.as_ptr().add(index * width + at)) };
            sum = _mm256_fmadd_ps(_mm256_set1_ps(*share), values, sum);
        }
        // SAFETY: `at + LANES` is at most the length of `out`.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr().add(at), sum) };
    }
    for at in whole..width {
        out[at] = shares.iter().enumerate().map(|(index, share)| share * rows[index * width + at]).sum();
    }
}

#[cfg(test)]
mod tests {
    use tch::Device;

    use super::*;

    fn largest_difference(a: &Tensor, b: &Tensor) -> f64 {
        (a.to_kind(Kind::Float) - b.to_kind(Kind::Float)).abs().max().double_value(&[])
    }

    #[test]
    fn every_format_agrees_with_libtorch_at_even_and_odd_sizes() {
        tch::manual_seed(7);
        for (outputs, inputs, rows) in [(5, 192, 1), (64, 32, 2), (7, 77, 3), (6, 96, 8), (3, 5, 1)] {
            let x = Tensor::randn([rows, inputs], (Kind::Float, Device::Cpu));
            let weight = Tensor::randn([outputs, inputs], (Kind::Float, Device::Cpu));
            let expected = x.linear(&weight, None::<Tensor>);
            assert!(largest_difference(&f32(&x, &weight), &expected) < 1e-4);

            let half = weight.to_kind(Kind::BFloat16);
            let expected = x.linear(&half.to_kind(Kind::Float), None::<Tensor>);
            assert!(largest_difference(&bf16(&x, &half), &expected) < 1e-4);

            let bytes = (&weight * 30).clamp(-127, 127).to_kind(Kind::Int8);
            let scale = Tensor::rand([outputs], (Kind::Float, Device::Cpu));
            let expected = x.linear(&(bytes.to_kind(Kind::Float) * scale.unsqueeze(1)), None::<Tensor>);
            assert!(largest_difference(&int8(&x, &bytes, &scale), &expected) < 2e-3);
        }
    }

    #[test]
    fn the_portable_loops_give_the_same_as_the_chosen_ones() {
        let weights: Vec<i8> = (0..77 * 3).map(|n| (n * 37 % 255) as i8).collect();
        let x: Vec<f32> = (0..77).map(|n| (n as f32 * 0.37).sin()).collect();
        let mut chosen = [0.0; 3];
        products(&weights, 77, &x, &mut chosen);
        for (chosen, row) in chosen.iter().zip(weights.chunks_exact(77)) {
            assert!((chosen - product_portable(row, &x)).abs() < 1e-2);
        }
        let (mut chosen, mut portable) = ([0.0; 11], [0.0; 11]);
        weighted_sum(&x[..7], &x, &mut chosen);
        weighted_sum_portable(&x[..7], &x, &mut portable);
        for (chosen, portable) in chosen.iter().zip(portable) {
            assert!((chosen - portable).abs() < 1e-5);
        }
    }

    #[test]
    fn a_row_gets_the_same_bits_alone_as_among_others() {
        tch::manual_seed(8);
        let weight = Tensor::randn([11, 77], (Kind::Float, Device::Cpu));
        for rows in 2..9 {
            let x = Tensor::randn([rows, 77], (Kind::Float, Device::Cpu));
            let together = f32(&x, &weight);
            for row in 0..rows {
                assert!(f32(&x.get(row), &weight).equal(&together.get(row)), "row {row} of {rows}");
            }
        }
    }

    #[test]
    fn a_weighted_sum_is_the_sum_of_weighted_rows() {
        let (shares, rows) = ([0.5_f32, 2.0, -1.0], [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let mut out = [9.0; 2];
        weighted_sum(&shares, &rows, &mut out);
        assert_eq!(out, [1.5, 3.0]);
    }

    #[test]
    fn results_keep_the_kind_and_shape_of_x() {
        let x = Tensor::randn([1, 1, 8], (Kind::BFloat16, Device::Cpu));
        let weight = Tensor::randn([4, 8], (Kind::BFloat16, Device::Cpu));
        let product = bf16(&x, &weight);
        assert_eq!((product.kind(), product.size()), (Kind::BFloat16, vec![1, 1, 4]));
    }
}
