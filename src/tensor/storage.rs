//! The buffer behind a tensor, and the recycling of buffers between steps.
//!
//! A training step allocates the same large buffers again and again, and a
//! fresh page costs the kernel a fault and a zeroing before the first write.
//! So while a [`Tape`](crate::Tape) lives on a thread, a large buffer that its
//! last tensor lets go of is kept and handed to the next tensor of about its
//! size. When the thread's last tape is dropped the kept buffers are freed:
//! nothing outlives the tapes that used it.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem;

use smallvec::SmallVec;

use super::Shape;
use crate::error::{Error, Result};
use crate::real::Element;

/// Buffers below this many elements go straight back to the allocator, which
/// has them at hand anyway.
const SMALL: usize = 1024;

/// From this many elements on, memory is asked whether it holds them.
const HUGE: usize = 1 << 24;

/// At most this many buffers of one type are kept.
const KEPT: usize = 256;

// ANCHOR: buffer
/// Elements in a row; up to four lie in the buffer itself and need no allocation of their
/// own, so that a scalar on a tape has one and not two.
pub(crate) type Buffer<T> = SmallVec<[T; 4]>;
// ANCHOR_END: buffer

/// A flat buffer shared by all views of it.
#[derive(Debug)]
pub(crate) struct Storage<T: Element> {
    data: Buffer<T>,
}

impl<T: Element> Storage<T> {
    pub(crate) fn new(data: Buffer<T>) -> Self {
        Storage { data }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.data
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.data
    }
}

impl<T: Element> Drop for Storage<T> {
    fn drop(&mut self) {
        if self.data.len() >= SMALL {
            give_back(mem::take(&mut self.data).into_vec());
        }
    }
}

/// A buffer of `len` elements with unspecified (but valid) contents: every
/// kernel overwrites it whole. A recycled one where there is one that fits.
pub(crate) fn buffer<T: Element>(len: usize) -> Buffer<T> {
    if len < SMALL {
        return SmallVec::from_elem(T::default(), len);
    }
    let recycled =
        FREE.with_borrow_mut(|free| free.list::<T>().and_then(|list| take_fitting(list, len)));
    SmallVec::from_vec(match recycled {
        Some(mut data) => {
            data.resize(len, T::default());
            data
        }
        // The allocator's zeroed pages: nothing is written twice.
        None => vec![T::default(); len],
    })
}

/// A [`buffer`] for a shape that an argument or broadcasting made up, which may
/// well be more than memory holds: then `op` refuses, where `vec!` would end
/// the program.
pub(crate) fn try_buffer<T: Element>(op: &str, shape: &Shape) -> Result<Buffer<T>> {
    refuse_too_large::<T>(op, shape)?;
    Ok(buffer(shape.numel()))
}

/// Refuses a result of this shape if memory does not hold that many `T`.
pub(crate) fn refuse_too_large<T>(op: &str, shape: &Shape) -> Result<()> {
    let fits = shape
        .checked_numel()
        .is_some_and(|numel| numel < HUGE || Vec::<T>::new().try_reserve_exact(numel).is_ok());
    if fits {
        return Ok(());
    }
    Err(Error::shape(
        op,
        format!("the result of shape {shape} does not fit in memory; work on smaller parts"),
    ))
}

fn take_fitting<T>(list: &mut Vec<Vec<T>>, len: usize) -> Option<Vec<T>> {
    let fits = |data: &Vec<T>| (len..=2 * len).contains(&data.capacity());
    let index = list.iter().rposition(fits)?;
    Some(list.swap_remove(index))
}

fn give_back<T: Element>(data: Vec<T>) {
    // `try_with`: a tensor may be dropped while the thread itself ends.
    let _ = FREE.try_with(|free| {
        if let Ok(mut free) = free.try_borrow_mut()
            && let Some(list) = free.list::<T>()
            && list.len() < KEPT
        {
            list.push(data);
        }
    });
}

thread_local! {
    static FREE: RefCell<FreeLists> = RefCell::default();
}

#[derive(Default)]
struct FreeLists {
    tapes: usize,
    lists: HashMap<TypeId, Box<dyn Any>>,
}

impl FreeLists {
    /// The kept buffers of one element type, while any tape lives.
    fn list<T: Element>(&mut self) -> Option<&mut Vec<Vec<T>>> {
        if self.tapes == 0 {
            return None;
        }
        self.lists
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(Vec::<Vec<T>>::new()))
            .downcast_mut()
    }
}

/// Keeps this thread's recycling on; each tape holds one.
///
/// It must be dropped on the thread that made it, so it is not `Send`.
#[derive(Debug)]
pub(crate) struct Recycling(PhantomData<*const ()>);

impl Recycling {
    pub(crate) fn start() -> Self {
        FREE.with_borrow_mut(|free| free.tapes += 1);
        Recycling(PhantomData)
    }
}

impl Drop for Recycling {
    fn drop(&mut self) {
        let freed = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            free.tapes -= 1;
            if free.tapes == 0 { mem::take(&mut free.lists) } else { HashMap::new() }
        });
        drop(freed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_buffer_comes_back_while_a_tape_lives_and_not_after() {
        let address = |v: &Buffer<f32>| v.as_ptr() as usize;
        let tape = Recycling::start();
        let first = buffer::<f32>(5000);
        let at = address(&first);
        drop(Storage::new(first));
        let again = buffer::<f32>(4000);
        assert_eq!(address(&again), at);
        assert_eq!(again.len(), 4000);
        drop(Storage::new(again));
        drop(tape);
        FREE.with_borrow_mut(|free| {
            assert!(free.lists.is_empty());
            assert!(free.list::<f32>().is_none());
        });
    }

    #[test]
    fn types_do_not_mix_and_small_buffers_are_not_kept() {
        let _tape = Recycling::start();
        drop(Storage::new(buffer::<f64>(2000)));
        drop(Storage::new(buffer::<f32>(10)));
        FREE.with_borrow_mut(|free| {
            assert_eq!(free.list::<f64>().map(|list| list.len()), Some(1));
            assert_eq!(free.list::<f32>().map(|list| list.len()), Some(0));
        });
        assert_eq!(buffer::<f32>(2000).len(), 2000);
    }
}
