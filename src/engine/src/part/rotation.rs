//! Rotary positions: turns pairs of features by angles that grow with the position.

use harness_checkpoint::rope::Rotary;
use tch::{Device, Kind, Tensor};

use crate::kernel::rows;

/// Cosines and sines of the positions that are needed.
#[derive(Debug)]
pub struct Rotation {
    rotary: Rotary,
    kind: Kind,
    device: Device,
    cos: Tensor, // [positions, 1, features]
    sin: Tensor, // [positions, 1, features], negated for the first of each pair
}

impl Rotation {
    /// Without tables: [`Rotation::reserve`] makes them.
    pub fn new(rotary: Rotary, kind: Kind, device: Device) -> Self {
        let features = 2 * rotary.frequencies.len() as i64;
        let empty = Tensor::zeros([0, 1, features], (kind, device));
        Self { rotary, kind, device, cos: empty.shallow_clone(), sin: empty }
    }

    /// Makes tables for `positions`: a context can be millions of them, items seldom are.
    pub fn reserve(&mut self, positions: i64) {
        if self.cos.size()[0] >= positions {
            return;
        }
        let frequencies = Tensor::from_slice(&self.rotary.frequencies);
        let angles =
            Tensor::arange(positions, (Kind::Double, Device::Cpu)).unsqueeze(1) * frequencies.unsqueeze(0);
        let (cos, sin) = (angles.cos() * self.rotary.magnitude, angles.sin() * self.rotary.magnitude);
        let pairs = |first: &Tensor, second: &Tensor| {
            let table = match self.rotary.interleaved {
                true => Tensor::stack(&[first, second], -1).flatten(-2, -1),
                false => Tensor::cat(&[first, second], -1),
            };
            table.unsqueeze(1).to_kind(self.kind).to_device(self.device)
        };
        self.cos = pairs(&cos, &cos);
        self.sin = pairs(&-&sin, &sin);
    }

    fn features(&self) -> i64 {
        2 * self.rotary.frequencies.len() as i64
    }

    /// Rotates `[.., time, heads, head_dim]` whose first row stands at `position`.
    pub fn tensor(&self, x: &Tensor, position: i64) -> Tensor {
        let (time, head_dim, features) = (x.size()[x.dim() - 3], x.size()[x.dim() - 1], self.features());
        let (cos, sin) = (self.cos.narrow(0, position, time), self.sin.narrow(0, position, time));
        let turning = x.narrow(-1, 0, features);
        let swapped = match self.rotary.interleaved {
            true => turning.unflatten(-1, [features / 2, 2]).flip([-1]).flatten(-2, -1),
            false => turning.roll([features / 2], [-1]),
        };
        let turned = (&turning * cos).addcmul(&swapped, &sin);
        if features == head_dim {
            return turned;
        }
        Tensor::cat(&[turned, x.narrow(-1, features, head_dim - features)], -1)
    }

    /// Rotates one head `[head_dim]` at `position`, on the CPU in f32.
    pub fn row(&self, head: &mut [f32], position: i64) {
        let (features, half) = (self.features() as usize, self.rotary.frequencies.len());
        let start = position as usize * features;
        let table = |tensor| &rows::elements(tensor)[start..start + features];
        let (cos, sin) = (table(&self.cos), table(&self.sin));
        for pair in 0..half {
            let (first, second) =
                if self.rotary.interleaved { (2 * pair, 2 * pair + 1) } else { (pair, half + pair) };
            // The second of each pair holds the plain sine.
            let (cos, sin) = (cos[second], sin[second]);
            let (low, high) = (head[first], head[second]);
            (head[first], head[second]) = (low * cos - high * sin, high * cos + low * sin);
        }
    }
}
