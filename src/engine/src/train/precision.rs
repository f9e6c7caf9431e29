//! Precision of a training's products, and what it needs of the device and of the process.

use harness_protocol::{Matmul, TF32_SWITCH};
use tch::{Device, Kind};

use crate::error::{EngineError, Result};
use crate::part::Products;

/// The number formats that a training multiplies in; refused where they cannot be had on `device`.
pub fn products(matmul: Matmul, device: Device) -> Result<Products> {
    products_where(matmul, device, std::env::var(TF32_SWITCH).is_ok_and(|value| value == "1"))
}

/// `switched`: the process was started with [`TF32_SWITCH`] on.
fn products_where(matmul: Matmul, device: Device, switched: bool) -> Result<Products> {
    if matmul == Matmul::Tf32 && !device.is_cuda() {
        return Err(EngineError::unsupported(
            "`matmul` is `tf32`, which only CUDA devices multiply in; use `f32` or `bf16` on the CPU",
        ));
    }
    if device.is_cuda() && switched != (matmul == Matmul::Tf32) {
        let value = u8::from(!switched);
        return Err(EngineError::unsupported(format!(
            "`matmul` does not fit the engine's environment; start the engine with `{TF32_SWITCH}={value}`"
        )));
    }
    Ok(match matmul {
        Matmul::F32 => Products::F32,
        // libtorch has fast attention in 16 bits only.
        Matmul::Tf32 => Products { linear: Kind::Float, attention: Kind::BFloat16 },
        Matmul::Bf16 => Products { linear: Kind::BFloat16, attention: Kind::BFloat16 },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_multiplies_in_f32_and_bf16_but_not_in_tf32() {
        assert_eq!(products(Matmul::F32, Device::Cpu).unwrap(), Products::F32);
        assert_eq!(products(Matmul::Bf16, Device::Cpu).unwrap().linear, Kind::BFloat16);
        assert!(products(Matmul::Tf32, Device::Cpu).unwrap_err().message.contains("only CUDA devices"));
    }

    #[test]
    fn a_gpu_multiplies_in_tf32_only_where_the_process_was_started_for_it() {
        let gpu = |matmul, switched| products_where(matmul, Device::Cuda(0), switched);
        assert_eq!(gpu(Matmul::F32, false).unwrap(), Products::F32);
        let tf32 = gpu(Matmul::Tf32, true).unwrap();
        assert_eq!((tf32.linear, tf32.attention), (Kind::Float, Kind::BFloat16));
        assert!(gpu(Matmul::Tf32, false).unwrap_err().message.contains("OVERRIDE=1"));
        // An f32 training in an environment that says otherwise would multiply in TF32 unnoticed.
        assert!(gpu(Matmul::F32, true).unwrap_err().message.contains("OVERRIDE=0"));
    }
}
