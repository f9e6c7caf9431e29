//! stub
use harness_protocol::{Load, Prepare, Reply};
use crate::error::Result;
/// stub
#[derive(Default)]
pub struct Session;
impl Session {
    /// stub
    pub fn load(&mut self, _: &Load, _: &mut dyn FnMut(Reply)) -> Result<()> { Ok(()) }
    /// stub
    pub fn prepare(&mut self, _: Prepare, _: &mut dyn FnMut(Reply)) -> Result<()> { Ok(()) }
    /// stub
    pub fn warm_up(&mut self, _: u32, _: &mut dyn FnMut(Reply)) -> Result<()> { Ok(()) }
    /// stub
    pub fn window(&mut self, _: i64, _: i64, _: &mut dyn FnMut(Reply)) -> Result<()> { Ok(()) }
    /// stub
    pub fn collect(&mut self, _: &mut dyn FnMut(Reply)) -> Result<()> { Ok(()) }
}
