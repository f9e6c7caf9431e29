//! Matrix-vector products over a tensor's own memory, one row of `x` at a time.
//!
//! The only unsafe code of the engine: it reads tensors as slices and picks AVX2 where the machine has
//! it. The loops are plain Rust; with AVX2 and FMA enabled the compiler vectorises them.
#![expect(unsafe_code, reason = "slices over tensor memory, and functions compiled for AVX2")]

use tch::{Kind, Tensor};

/// Partial sums kept apart, so that additions do not wait for one another: four AVX2 registers.
const LANES: usize = 32;

/// f32 weights `[out, in]`.
pub fn f32(x: &Tensor, weight: &Tensor) -> Tensor {
    let weights: &[f32] = slice(weight);
    product(x, weight, |x, out| run(weights, x, out, |_| 1.0, |w| w))
}

/// bf16 weights `[out, in]`; sums in f32.
pub fn bf16(x: &Tensor, weight: &Tensor) -> Tensor {
    let weights: &[u16] = slice(weight);
    product(x, weight, |x, out| run(weights, x, out, |_| 1.0, |w| f32::from_bits(u32::from(w) << 16)))
}

/// int8 weights `[out, in]` with one f32 scale an output channel `[out]`; sums in f32.
pub fn int8(x: &Tensor, weight: &Tensor, scale: &Tensor) -> Tensor {
    let weights: &[i8] = slice(weight);
    let scales: &[f32] = slice(scale);
    product(x, weight, |x, out| run(weights, x, out, |row| scales[row], f32::from))
}

/// Calls `row` with every row of `x` in f32 and the place of its result.
fn product(x: &Tensor, weight: &Tensor, row: impl Fn(&[f32], &mut [f32])) -> Tensor {
    let (outputs, inputs) = weight.size2().expect("weights are matrices");
    let wide = x.to_kind(Kind::Float).contiguous();
    let mut size = x.size();
    *size.last_mut().expect("x has features") = outputs;
    let mut out = vec![0.0_f32; wide.numel() / inputs as usize * outputs as usize];
    for (x, out) in slice::<f32>(&wide).chunks_exact(inputs as usize).zip(out.chunks_exact_mut(outputs as usize)) {
        row(x, out);
    }
    Tensor::from_slice(&out).reshape(size).to_kind(x.kind())
}

/// A tensor's elements; the caller names their Rust type.
fn slice<T>(tensor: &Tensor) -> &[T] {
    assert!(tensor.is_contiguous() && tensor.device() == tch::Device::Cpu);
    assert_eq!(tensor.kind().elt_size_in_bytes(), size_of::<T>());
    // SAFETY: the tensor is contiguous, on the CPU, its elements have T's size, and it outlives the slice.
    unsafe { std::slice::from_raw_parts(tensor.data_ptr().cast::<T>(), tensor.numel()) }
}

fn run<W: Copy>(weights: &[W], x: &[f32], out: &mut [f32], scale: impl Fn(usize) -> f32, widen: impl Fn(W) -> f32) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        // SAFETY: both features were just found.
        return unsafe { run_avx2(weights, x, out, scale, widen) };
    }
    run_portable(weights, x, out, scale, widen, |a, b, sum| a * b + sum);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2<W: Copy>(
    weights: &[W],
    x: &[f32],
    out: &mut [f32],
    scale: impl Fn(usize) -> f32,
    widen: impl Fn(W) -> f32,
) {
    // A fused multiply-add is one instruction here and a library call without FMA.
    run_portable(weights, x, out, scale, widen, |a, b, sum| a.mul_add(b, sum));
}

#[inline(always)]
fn run_portable<W: Copy>(
    weights: &[W],
    x: &[f32],
    out: &mut [f32],
    scale: impl Fn(usize) -> f32,
    widen: impl Fn(W) -> f32,
    multiply_add: impl Fn(f32, f32, f32) -> f32,
) {
    for (index, (weights, out)) in weights.chunks_exact(x.len()).zip(out).enumerate() {
        let mut sums = [0.0_f32; LANES];
        let (weight_chunks, x_chunks) = (weights.chunks_exact(LANES), x.chunks_exact(LANES));
        let rest = weight_chunks.remainder().iter().zip(x_chunks.remainder());
        let tail: f32 = rest.map(|(weight, x)| widen(*weight) * x).sum();
        for (weights, x) in weight_chunks.zip(x_chunks) {
            for lane in 0..LANES {
                sums[lane] = multiply_add(widen(weights[lane]), x[lane], sums[lane]);
            }
        }
        *out = scale(index) * (sums.iter().sum::<f32>() + tail);
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
        for (outputs, inputs, rows) in [(5, 192, 1), (64, 32, 2), (7, 77, 3), (3, 5, 1)] {
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
    fn the_portable_loop_gives_the_same_as_the_chosen_one() {
        let weights: Vec<i8> = (0..77 * 3).map(|n| (n * 37 % 255) as i8).collect();
        let x: Vec<f32> = (0..77).map(|n| (n as f32 * 0.37).sin()).collect();
        let (mut chosen, mut portable) = ([0.0; 3], [0.0; 3]);
        run(&weights, &x, &mut chosen, |row| row as f32, f32::from);
        run_portable(&weights, &x, &mut portable, |row| row as f32, f32::from, |a, b, sum| a * b + sum);
        for (a, b) in chosen.iter().zip(&portable) {
            assert!((a - b).abs() < 1e-2, "{a} {b}");
        }
    }

    #[test]
    fn results_keep_the_kind_and_shape_of_x() {
        let x = Tensor::randn([1, 1, 8], (Kind::BFloat16, Device::Cpu));
        let weight = Tensor::randn([4, 8], (Kind::BFloat16, Device::Cpu));
        let product = bf16(&x, &weight);
        assert_eq!((product.kind(), product.size()), (Kind::BFloat16, vec![1, 1, 4]));
    }
}
