//! Matrix products over weights that are not in the cache: our row kernels against libtorch's.
//!
//! `kernel` chooses by what this prints. Times mean nothing beside other work on the machine.
#![expect(clippy::unwrap_used, reason = "shapes are known here")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use harness_engine::kernel::rows;
use tch::{Device, Kind, Tensor};

/// Bytes of all copies of a matrix together: more than any cache of the machines in question.
const COLD_BYTES: usize = 256 << 20;
/// Output and input features: the shapes of a model of width 192, then of one of width 2048.
const SHAPES: [(i64, i64); 5] = [(1024, 192), (192, 512), (4096, 192), (2048, 2048), (8192, 2048)];
/// One token, a draft to check, the most rows that are streamed, a short prompt.
const ROWS: [i64; 5] = [1, 2, 4, 8, 16];

type Kernel<'a> = (&'static str, Box<dyn Fn(&Tensor) -> Tensor + 'a>);

/// Times each kernel on its own; every call gets the next copy of the weights.
fn compare(criterion: &mut Criterion, format: &str, weight: &Tensor, rows: i64, kernels: &[Kernel]) {
    let (outputs, inputs) = weight.size2().unwrap();
    let bytes = weight.numel() * weight.kind().elt_size_in_bytes();
    let copies: Vec<Tensor> = (0..COLD_BYTES.div_ceil(bytes)).map(|_| weight.copy()).collect();
    let mut group = criterion.benchmark_group(format!("{format} {outputs}x{inputs}"));
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    group.throughput(Throughput::Bytes(bytes as u64));
    for (name, kernel) in kernels {
        let mut next = 0;
        group.bench_function(BenchmarkId::new(*name, rows), |bencher| {
            bencher.iter(|| {
                next = (next + 1) % copies.len();
                black_box(kernel(&copies[next]))
            });
        });
    }
    group.finish();
}

fn linear(criterion: &mut Criterion) {
    let _guard = tch::no_grad_guard();
    let options = (Kind::Float, Device::Cpu);
    for (outputs, inputs) in SHAPES {
        let weight = Tensor::randn([outputs, inputs], options);
        let half = weight.to_kind(Kind::BFloat16);
        let bytes = (&weight * 30).clamp(-127, 127).to_kind(Kind::Int8);
        let scale = Tensor::rand([outputs], options);
        let half_scale = scale.to_kind(Kind::BFloat16);
        for count in ROWS {
            let x = Tensor::randn([count, inputs], options);
            let half_x = x.to_kind(Kind::BFloat16);
            let dequantize = |weight: &Tensor| weight.to_kind(Kind::Float) * scale.unsqueeze(1);
            compare(
                criterion,
                "f32",
                &weight,
                count,
                &[
                    ("rows", Box::new(|weight| rows::f32(&x, weight))),
                    ("libtorch", Box::new(|weight| x.linear(weight, None::<Tensor>))),
                ],
            );
            compare(
                criterion,
                "bf16",
                &half,
                count,
                &[
                    ("rows", Box::new(|weight| rows::bf16(&x, weight))),
                    ("libtorch", Box::new(|weight| half_x.linear(weight, None::<Tensor>))),
                    (
                        "widen+libtorch-f32",
                        Box::new(|weight| x.linear(&weight.to_kind(Kind::Float), None::<Tensor>)),
                    ),
                ],
            );
            compare(
                criterion,
                "int8",
                &bytes,
                count,
                &[
                    ("rows", Box::new(|weight| rows::int8(&x, weight, &scale))),
                    (
                        "libtorch-bf16",
                        Box::new(|weight| half_x.internal_weight_int8pack_mm(weight, &half_scale)),
                    ),
                    ("libtorch-f32", Box::new(|weight| x.internal_weight_int8pack_mm(weight, &scale))),
                    ("widen+libtorch-f32", Box::new(|weight| x.linear(&dequantize(weight), None::<Tensor>))),
                ],
            );
        }
    }
}

criterion_group!(benches, linear);
criterion_main!(benches);
