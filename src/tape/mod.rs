//! The tape: a Wengert list, its handles and the reverse sweep.
//!
//! A forward computation appends nodes; [`Var`] is a handle to one of them.
//! Node ids grow along every edge, so walking them backwards visits each node
//! after everything that was computed from it: no sorting, no recursion.
//! (R. E. Wengert, "A simple automatic derivative evaluation program", 1964.)

mod gradients;
mod graphviz;
mod op;
mod parameter;
mod sweep;
mod text;
mod var;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use smallvec::SmallVec;

pub use gradients::Gradients;
pub(crate) use op::grad_fn_name;
pub use op::{Cotangents, Op, Saved, SavedTensor};
pub use parameter::{Parameter, ParameterId};
pub use sweep::{Contribution, Step, Sweep};
pub use text::NodeInfo;
pub use var::Var;

use crate::error::{Error, Result};
use crate::real::Real;
use crate::tensor::Tensor;
use crate::tensor::storage::Recycling;

// ANCHOR: node
/// What a node is.
#[derive(Debug)]
enum Source<T: Real> {
    /// An input that requires grad.
    Leaf,
    /// A value that gradients do not flow through.
    Constant,
    /// A module's parameter.
    Parameter { name: &'static str },
    /// The result of an operation.
    Op(Box<dyn Op<T>>),
}

#[derive(Debug)]
struct Node<T: Real> {
    value: Tensor<T>,
    inputs: SmallVec<[u32; 4]>,
    source: Source<T>,
}
// ANCHOR_END: node

impl<T: Real> Node<T> {
    fn requires_grad(&self) -> bool {
        !matches!(self.source, Source::Constant)
    }
}

/// A growing record of a computation, to be walked backwards.
///
/// ```
/// use handgrad::{Tape, Tensor};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-1.0, 2.0]));
/// let y = (x * x + x).sum();
/// let gradients = y.backward()?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [-1.0, 5.0]); // 2 x + 1
///
/// assert_eq!(
///     tape.to_string(),
///     "%0 = leaf : f32[2]\n\
///      %1 = mul(%0, %0) : f32[2]\n\
///      %2 = add(%1, %0) : f32[2]\n\
///      %3 = sum(%2) : f32[]\n"
/// );
/// # Ok::<(), handgrad::Error>(())
/// ```
///
/// Clearing a tape takes it by `&mut`, so a handle from before cannot be used
/// after; the compiler refuses:
///
/// ```compile_fail,E0502
/// use handgrad::{Tape, Tensor};
///
/// let mut tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::zeros([2]));
/// tape.clear();
/// let y = x * x; // x is stale
/// ```
///
/// A tape stays on its thread: large operations use others by themselves.
#[derive(Debug)]
pub struct Tape<T: Real> {
    nodes: RefCell<Vec<Node<T>>>,
    bound: RefCell<HashMap<ParameterId, u32>>,
    recording: Cell<bool>,
    /// Changes with every `clear`, so that old gradients are not asked about
    /// new vars.
    epoch: Cell<u64>,
    _recycling: Recycling,
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        Self::new()
    }
}

fn next_epoch() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl<T: Real> Tape<T> {
    /// An empty tape.
    pub fn new() -> Self {
        Tape {
            nodes: RefCell::default(),
            bound: RefCell::default(),
            recording: Cell::new(true),
            epoch: Cell::new(next_epoch()),
            _recycling: Recycling::start(),
        }
    }

    /// An input to differentiate by (`requires_grad=True`).
    pub fn leaf(&self, value: Tensor<T>) -> Var<'_, T> {
        self.push(Node { value, inputs: SmallVec::new(), source: Source::Leaf })
    }

    /// An input that is not differentiated by.
    pub fn constant(&self, value: Tensor<T>) -> Var<'_, T> {
        self.push(Node { value, inputs: SmallVec::new(), source: Source::Constant })
    }

    /// A module's parameter. The same parameter gives the same var each time,
    /// until its value is changed.
    pub fn parameter(&self, parameter: &Parameter<T>) -> Var<'_, T> {
        if !parameter.requires_grad() {
            return self.constant(parameter.value().clone());
        }
        let known = self.bound.borrow().get(&parameter.id()).copied();
        if let Some(id) = known {
            let var = Var::new(self, id);
            if var.value().is_same(parameter.value()) {
                return var;
            }
        }
        let source = Source::Parameter { name: parameter.name() };
        let var =
            self.push(Node { value: parameter.value().clone(), inputs: SmallVec::new(), source });
        self.bound.borrow_mut().insert(parameter.id(), var.id);
        var
    }

    /// Appends an operation's result. `op` is only called where a gradient may
    /// be asked for: when recording is on and an input requires grad. Otherwise
    /// the result is a constant and nothing is saved.
    ///
    /// Refuses inputs of another tape. The trait [`Op`] has an example.
    pub fn record<'t, O: Op<T> + 'static>(
        &'t self,
        inputs: &[Var<'t, T>],
        value: Tensor<T>,
        op: impl FnOnce() -> O,
    ) -> Result<Var<'t, T>> {
        if inputs.iter().any(|input| !std::ptr::eq(input.tape, self)) {
            return Err(Error::tape(
                op().name(),
                "got vars of two tapes; make all inputs with the same tape, \
                 or bring a value over with tape.constant(var.value())",
            ));
        }
        Ok(self.append(inputs, value, op))
    }

    /// [`record`](Self::record) for inputs known to be of this tape.
    pub(crate) fn append<'t, O: Op<T> + 'static>(
        &'t self,
        inputs: &[Var<'t, T>],
        value: Tensor<T>,
        op: impl FnOnce() -> O,
    ) -> Var<'t, T> {
        let wanted = self.recording.get() && inputs.iter().any(|input| input.requires_grad());
        if !wanted {
            return self.constant(value);
        }
        let inputs = inputs.iter().map(|input| input.id).collect();
        self.push(Node { value, inputs, source: Source::Op(Box::new(op())) })
    }

    fn push(&self, node: Node<T>) -> Var<'_, T> {
        let mut nodes = self.nodes.borrow_mut();
        let id = u32::try_from(nodes.len()).expect("a tape holds fewer than 2^32 nodes");
        nodes.push(node);
        Var::new(self, id)
    }

    /// Runs a module's forward, and where it refuses takes back what it had put
    /// on the tape: parameters are bound before an operation can look at them. No
    /// var that was made within may leave a refusing `f`.
    pub(crate) fn all_or_nothing<R>(&self, f: impl FnOnce() -> Result<R>) -> Result<R> {
        let len = self.len();
        let result = f();
        if result.is_err() {
            self.nodes.borrow_mut().truncate(len);
            self.bound.borrow_mut().retain(|_, id| (*id as usize) < len);
        }
        result
    }

    /// Runs `f` without recording: what it computes are constants.
    ///
    /// ```
    /// use handgrad::{Tape, Tensor};
    ///
    /// let tape = Tape::new();
    /// let x = tape.leaf(Tensor::<f32>::ones([2]));
    /// let y = tape.no_grad(|| x * 2.0);
    /// assert!(!y.requires_grad());
    /// assert!((x * 2.0).requires_grad());
    /// ```
    pub fn no_grad<R>(&self, f: impl FnOnce() -> R) -> R {
        /// Puts the flag back even when `f` panics.
        struct Restore<'a>(&'a Cell<bool>, bool);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(&self.recording, self.recording.replace(false));
        f()
    }

    /// Whether operations are being recorded: false within
    /// [`no_grad`](Self::no_grad).
    pub fn is_recording(&self) -> bool {
        self.recording.get()
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing has been recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets everything, keeping the buffers for the next computation.
    pub fn clear(&mut self) {
        // Node by node from the end: an op lets go of what it saved before the
        // value it shares is dropped, so that each buffer comes free in turn.
        let nodes = self.nodes.get_mut();
        while nodes.pop().is_some() {}
        self.bound.get_mut().clear();
        self.epoch.set(next_epoch());
    }
}
