//! .safetensors files.

use handgrad::tensor::{read_safetensors, write_safetensors};
use handgrad::{ErrorKind, Tensor};
use proptest::prelude::*;

use crate::naive::Naive;
use crate::strategies::{for_all, shapes, special_values, twins_with};

/// A file with a given header and data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), data].concat()
}

#[test]
fn round_trips_keep_every_bit_in_any_layout() {
    let two = || twins_with(shapes(), special_values());
    for_all((two(), two()), |(a, b)| {
        let bytes = write_safetensors([("b.weight", &b.strided), ("a", &a.strided)]).unwrap();
        let read = read_safetensors::<f64>(&bytes).unwrap();
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "b.weight"]);
        Naive::of(&a.plain).assert_is(&read[0].1);
        Naive::of(&b.plain).assert_is(&read[1].1);

        let narrow = a.strided.cast::<f32>();
        let bytes = write_safetensors([("x", &narrow)]).unwrap();
        let read = read_safetensors::<f32>(&bytes).unwrap();
        Naive::of(&narrow.contiguous()).assert_is(&read[0].1);
    });
    assert!(read_safetensors::<f32>(&write_safetensors::<f32>([]).unwrap()).unwrap().is_empty());
}

#[test]
fn tensors_come_in_the_order_of_the_file() {
    let names: Vec<String> = (0..20).map(|i| format!("layer.{i:02}")).collect();
    let x = Tensor::<f32>::new([1.0]);
    let bytes = write_safetensors(names.iter().map(|name| (name.as_str(), &x))).unwrap();
    let read = read_safetensors::<f32>(&bytes).unwrap();
    assert!(read.iter().map(|(name, _)| name).eq(&names));
    // The order of the data, not that of the header.
    let header = r#"{"z":{"dtype":"F32","shape":[],"data_offsets":[0,4]},
                     "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    let read = read_safetensors::<f32>(&file(header, &[0; 8])).unwrap();
    assert_eq!((read[0].0.as_str(), read[1].0.as_str()), ("z", "a"));
    assert_eq!((read[0].1.rank(), read[1].1.rank()), (0, 1));
}

#[test]
fn names_must_differ_and_not_be_reserved() {
    let x = Tensor::<f32>::new([1.0]);
    let twice = write_safetensors([("w", &x), ("w", &x)]).unwrap_err();
    assert!(twice.to_string().contains("two tensors are named \"w\""));
    assert!(write_safetensors([("__metadata__", &x)]).is_err());
}

#[test]
fn every_truncation_is_an_error() {
    let x = Tensor::<f32>::new([[1.0, 2.0], [3.0, 4.0]]);
    let whole = write_safetensors([("x", &x)]).unwrap();
    for length in 0..whole.len() {
        let error = read_safetensors::<f32>(&whole[..length]).unwrap_err();
        assert_eq!((error.kind(), error.op()), (ErrorKind::File, "read_safetensors"));
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let x = Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    let whole = write_safetensors([("x", &x), ("y", &x)]).unwrap();
    let damage = (0..whole.len(), any::<u8>(), 0..whole.len(), any::<u8>());
    for_all(damage, |(at, byte, also_at, also_byte)| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes[also_at] = also_byte;
        let _ = read_safetensors::<f64>(&bytes);
    });
    for_all(proptest::collection::vec(any::<u8>(), 0..100), |bytes| {
        assert!(read_safetensors::<f64>(&bytes).is_err());
        assert!(read_safetensors::<f64>(&file(&String::from_utf8_lossy(&bytes), &[])).is_err());
    });
}

#[test]
fn a_header_may_promise_what_it_likes() {
    let tensor = |shape: &str, end: &str| {
        format!(r#"{{"x":{{"dtype":"F64","shape":{shape},"data_offsets":[0,{end}]}}}}"#)
    };
    let headers = [
        tensor("[1000000000000000000]", "8000000000000000000"),
        tensor("[4294967296,4294967296]", "0"),
        tensor("[1099511627776,1099511627776,0]", "0"),
        tensor("[0,1099511627776,1099511627776]", "0"),
        tensor("[-1]", "8"),
        tensor("[1]", "18446744073709551615"),
        "[".repeat(10_000),
    ];
    for header in headers {
        assert!(read_safetensors::<f64>(&file(&header, &[])).is_err(), "{header:.80}");
    }
    let huge_header = [u64::MAX.to_le_bytes().as_slice(), b"{}"].concat();
    assert!(read_safetensors::<f64>(&huge_header).is_err());
}

#[test]
fn other_types_are_named_in_the_error() {
    let header = r#"{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#;
    let error = read_safetensors::<f64>(&file(header, &[0; 8])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "read_safetensors: tensor \"ids\" holds I64; only F32 and F64 are read"
    );
}
