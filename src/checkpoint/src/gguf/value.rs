//! Metadata values, which borrow from the file instead of copying it.

use std::fmt::Display;

use super::cursor::Cursor;
use super::error::GgufError;

const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// The value of a metadata key. Integers and floats of every width become the widest.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A whole number that was stored unsigned.
    Unsigned(u64),
    /// A whole number that was stored signed.
    Signed(i64),
    /// A float of 32 or 64 bits; a 32-bit one keeps its exact value.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Str(&'a str),
    /// An array of texts.
    Strings(Vec<&'a str>),
    /// An array of numbers, or of true and false.
    Scalars(Scalars<'a>),
}

/// An array of numbers or booleans, kept as the bytes of the file and read element by element.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalars<'a> {
    kind: Kind,
    bytes: &'a [u8],
}

/// How a number or boolean is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    U64,
    I64,
    F64,
}

impl<'a> Value<'a> {
    /// Reads a value: its type id, then what it says. `what` names it in messages.
    pub(super) fn read(cursor: &mut Cursor<'a>, what: impl Display) -> Result<Self, GgufError> {
        match cursor.u32(&what)? {
            STRING => Ok(Self::Str(cursor.string(&what)?)),
            ARRAY => Self::read_array(cursor, &what),
            id => {
                let kind = Kind::from_id(id, &what)?;
                Ok(kind.value(kind.take(cursor, 1, &what)?))
            }
        }
    }

    fn read_array(cursor: &mut Cursor<'a>, what: &impl Display) -> Result<Self, GgufError> {
        let element = cursor.u32(what)?;
        let count = cursor.u64(what)?;
        match element {
            ARRAY => Err(GgufError::unsupported(format!("{what} is an array of arrays, which is not read"))),
            STRING => {
                // Each string has at least its length, eight bytes: a count that lies allocates nothing.
                let least = count.saturating_mul(8);
                if least > cursor.remaining() as u64 {
                    return Err(cursor.cut(least, what));
                }
                let each = (0..count).map(|at| cursor.string(format_args!("element {at} of {what}")));
                Ok(Self::Strings(each.collect::<Result<_, _>>()?))
            }
            id => {
                let kind = Kind::from_id(id, what)?;
                Ok(Self::Scalars(Scalars { kind, bytes: kind.take(cursor, count, what)? }))
            }
        }
    }

    /// The whole number, unless it is negative or this is no whole number.
    pub fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::Unsigned(value) => Some(value),
            Self::Signed(value) => value.try_into().ok(),
            _ => None,
        }
    }

    /// The number; a whole number counts where a float holds it exactly.
    pub fn as_f64(&self) -> Option<f64> {
        const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
        match *self {
            Self::Float(value) => Some(value),
            Self::Unsigned(value) if value <= EXACT => Some(value as f64),
            Self::Signed(value) if value.unsigned_abs() <= EXACT => Some(value as f64),
            _ => None,
        }
    }

    /// True or false, where this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Self::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The text, where this is one.
    pub fn as_str(&self) -> Option<&'a str> {
        match *self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of an array.
    pub fn as_strings(&self) -> Option<&[&'a str]> {
        match self {
            Self::Strings(texts) => Some(texts),
            _ => None,
        }
    }

    /// The numbers or booleans of an array.
    pub fn as_scalars(&self) -> Option<&Scalars<'a>> {
        match self {
            Self::Scalars(scalars) => Some(scalars),
            _ => None,
        }
    }

    /// What this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unsigned(_) | Self::Signed(_) => "a whole number",
            Self::Float(_) => "a float",
            Self::Bool(_) => "true or false",
            Self::Str(_) => "a text",
            Self::Strings(_) => "an array of texts",
            Self::Scalars(_) => "an array of numbers",
        }
    }
}

impl<'a> Scalars<'a> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.kind.width() as usize
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The elements in order, each a [`Value`] of one number or boolean.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value<'a>> + use<'a> {
        let kind = self.kind;
        self.bytes.chunks_exact(kind.width() as usize).map(move |bytes| kind.value(bytes))
    }
}

impl Kind {
    fn from_id(id: u32, what: &impl Display) -> Result<Self, GgufError> {
        Ok(match id {
            0 => Self::U8,
            1 => Self::I8,
            2 => Self::U16,
            3 => Self::I16,
            4 => Self::U32,
            5 => Self::I32,
            6 => Self::F32,
            7 => Self::Bool,
            10 => Self::U64,
            11 => Self::I64,
            12 => Self::F64,
            _ => {
                return Err(GgufError::damaged(format!(
                    "{what} has the unknown type {id}; expected 0 to 12"
                )));
            }
        })
    }

    /// Bytes of one value.
    fn width(self) -> u64 {
        match self {
            Self::U8 | Self::I8 | Self::Bool => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The value of `bytes`, which are [`Kind::width`] many; missing bytes count as 0.
    fn value<'a>(self, bytes: &[u8]) -> Value<'a> {
        let raw = bytes.iter().rev().fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte));
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => Value::Unsigned(raw),
            Self::I8 => Value::Signed((raw as i8).into()),
            Self::I16 => Value::Signed((raw as i16).into()),
            Self::I32 => Value::Signed((raw as i32).into()),
            Self::I64 => Value::Signed(raw as i64),
            Self::F32 => Value::Float(f32::from_bits(raw as u32).into()),
            Self::F64 => Value::Float(f64::from_bits(raw)),
            Self::Bool => Value::Bool(raw != 0),
        }
    }

    /// The bytes of `count` values.
    fn take<'a>(
        self,
        cursor: &mut Cursor<'a>,
        count: u64,
        what: &impl Display,
    ) -> Result<&'a [u8], GgufError> {
        let bytes = cursor.take(count.saturating_mul(self.width()), what)?;
        if self == Self::Bool && bytes.iter().any(|&byte| byte > 1) {
            return Err(GgufError::damaged(format!(
                "{what} has a byte that is neither 0 nor 1 for true or false"
            )));
        }
        Ok(bytes)
    }
}
