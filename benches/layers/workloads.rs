//! What is measured: a layer, its arguments and the shape of its input.

use handgrad::catalog;
use handgrad::module::{Args, Value};
use handgrad::tensor::Shape;

/// One forward and one backward of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    /// `layer/size`, under which the PyTorch side has the same one.
    pub(crate) name: String,
    pub(crate) layer: &'static str,
    pub(crate) args: Args,
    pub(crate) shape: Shape,
}

impl Workload {
    fn new(name: impl Into<String>, layer: &'static str, shape: impl Into<Shape>) -> Self {
        Workload { name: name.into(), layer, args: Args::new(), shape: shape.into() }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.args = self.args.with(name, value);
        self
    }
}

const LARGE: [usize; 2] = [4096, 1024];
const SMALL: [usize; 2] = [64, 1024];
const IMAGES: [usize; 4] = [32, 64, 56, 56];

/// The activations that PyTorch is compared in, by the names of its functions.
const COMPARED: [(&str, &str); 15] = [
    ("relu", "ReLU"),
    ("leaky_relu", "LeakyReLU"),
    ("prelu", "PReLU"),
    ("gelu", "GELU"),
    ("gelu_tanh", "GELU"),
    ("silu", "SiLU"),
    ("sigmoid", "Sigmoid"),
    ("tanh", "Tanh"),
    ("elu", "ELU"),
    ("selu", "SELU"),
    ("softplus", "Softplus"),
    ("mish", "Mish"),
    ("hardswish", "Hardswish"),
    ("softmax", "Softmax"),
    ("log_softmax", "LogSoftmax"),
];

/// The workloads that PyTorch is compared in.
pub(crate) fn compared() -> Vec<Workload> {
    let mut all = Vec::new();
    for (size, shape) in [("4M", LARGE), ("64K", SMALL)] {
        for (name, layer) in COMPARED {
            let workload = Workload::new(format!("{name}/{size}"), layer, shape);
            all.push(match name {
                "gelu_tanh" => workload.with("approximate", "tanh"),
                "softmax" | "log_softmax" => workload.with("dim", -1),
                _ => workload,
            });
        }
    }
    all.extend([
        Workload::new("layer_norm/4096x768", "LayerNorm", [4096, 768])
            .with("normalized_shape", 768),
        Workload::new("rms_norm/4096x768", "RMSNorm", [4096, 768]).with("normalized_shape", 768),
        Workload::new("batch_norm1d/4096x256", "BatchNorm1d", [4096, 256])
            .with("num_features", 256),
        Workload::new("batch_norm2d/32x64x56x56", "BatchNorm2d", IMAGES).with("num_features", 64),
        Workload::new("instance_norm2d/32x64x56x56", "InstanceNorm2d", IMAGES)
            .with("num_features", 64)
            .with("affine", true),
        Workload::new("group_norm32/32x64x56x56", "GroupNorm", IMAGES)
            .with("num_groups", 32)
            .with("num_channels", 64),
        Workload::new("local_response_norm5/32x64x28x28", "LocalResponseNorm", [32, 64, 28, 28])
            .with("size", 5),
        Workload::new("layer_norm/10", "LayerNorm", [10])
            .with("normalized_shape", 10)
            .with("eps", 0.0),
        Workload::new("relu/10", "ReLU", [10]),
    ]);
    all
}

/// Every other layer of the catalog, on an input of about a million numbers.
pub(crate) fn others() -> Vec<Workload> {
    let compared = compared();
    let is_compared = |layer| compared.iter().any(|workload| workload.layer == layer);
    let shape_of = |layer: &str| -> Shape {
        match layer {
            "Softmax2d" | "SwitchableNorm2d" | "WeightStandardization" => [16, 64, 32, 32].into(),
            "BatchNorm3d" | "InstanceNorm3d" | "SwitchableNorm3d" => [16, 64, 4, 16, 16].into(),
            "InstanceNorm1d" | "SwitchableNorm1d" => [16, 64, 1024].into(),
            _ => [1024, 1024].into(),
        }
    };
    let entries = catalog::entries().into_iter();
    let others = entries.filter(|entry| !is_compared(entry.about.name));
    let workloads = others.map(|entry| {
        let shape = shape_of(entry.about.name);
        let name = format!("{}/1M", entry.about.name);
        let mut workload = Workload::new(name, entry.about.name, shape.clone());
        workload.args = entry.args_for(&shape);
        if entry.about.name == "Threshold" {
            workload = workload.with("threshold", 0.5).with("value", 0.1);
        }
        workload
    });
    workloads.collect()
}

/// From a thousand numbers to sixty-four million, to see that time grows with them.
pub(crate) fn growth() -> Vec<Workload> {
    let sizes = [
        ("1K", 1),
        ("16K", 16),
        ("256K", 256),
        ("1M", 1024),
        ("4M", 4096),
        ("16M", 16384),
        ("64M", 65536),
    ];
    let mut all = Vec::new();
    for (size, rows) in sizes {
        let shape = [rows, 1024];
        all.extend([
            Workload::new(format!("growth/relu/{size}"), "ReLU", shape),
            Workload::new(format!("growth/gelu/{size}"), "GELU", shape),
            Workload::new(format!("growth/softmax/{size}"), "Softmax", shape).with("dim", -1),
            Workload::new(format!("growth/softmax_by_256/{size}"), "Softmax", [4 * rows, 256])
                .with("dim", -1),
            Workload::new(format!("growth/layer_norm/{size}"), "LayerNorm", shape)
                .with("normalized_shape", 1024),
        ]);
        if rows > 1 {
            all.push(
                Workload::new(format!("growth/batch_norm1d/{size}"), "BatchNorm1d", shape)
                    .with("num_features", 1024),
            );
        }
    }
    all
}
