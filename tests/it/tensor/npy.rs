//! `.npy` files: what `np.save` writes is read, what is written is in its form,
//! and damaged files are errors.

use handgrad::tensor::{read_npy, write_npy};
use handgrad::{ErrorKind, Real, Tensor};
use proptest::prelude::*;

use crate::naive::Naive;
use crate::strategies::{for_all, shapes, special_values, tensor_of, twins_with, views_of};

fn written<T: Real>(tensor: &Tensor<T>) -> Vec<u8> {
    let mut file = Vec::new();
    write_npy(tensor, &mut file).expect("a vector takes anything");
    file
}

/// A file as `np.save` writes it: version 1, padded to 64 bytes.
fn file(dict: &str, data: &[u8]) -> Vec<u8> {
    let length = (10 + dict.len() + 1).next_multiple_of(64) - 10;
    let header = format!("{dict:<width$}\n", width = length - 1);
    [b"\x93NUMPY\x01\x00", (length as u16).to_le_bytes().as_slice(), header.as_bytes(), data]
        .concat()
}

#[test]
fn round_trips_keep_every_bit_in_any_layout() {
    for_all((twins_with(shapes(), special_values()), any::<u64>()), |(twins, choice)| {
        let wide = written(&twins.strided);
        Naive::of(&twins.plain).assert_is(&read_npy::<f64>(wide.as_slice()).unwrap());
        assert!(wide.len() - 8 * twins.plain.numel() >= 64);
        assert_eq!((wide.len() - 8 * twins.plain.numel()) % 64, 0);

        let narrow = twins.plain.cast::<f32>();
        let file = written(&views_of(&narrow, choice));
        Naive::of(&narrow).assert_is(&read_npy::<f32>(file.as_slice()).unwrap());
        Naive::of(&narrow.cast::<f64>()).assert_is(&read_npy::<f64>(file.as_slice()).unwrap());
    });
}

#[test]
fn fortran_order_is_read_by_columns() {
    for_all(shapes().prop_flat_map(|shape| tensor_of(shape, special_values())), |x| {
        let reversed: Vec<isize> = (0..x.rank() as isize).rev().collect();
        let by_columns = x.permute(&reversed).unwrap().to_vec();
        let sizes: Vec<String> = x.shape().iter().map(ToString::to_string).collect();
        let comma = if sizes.len() == 1 { "," } else { "" };
        let shape = format!("({}{comma})", sizes.join(", "));
        let dict = format!("{{'descr': '<f8', 'fortran_order': True, 'shape': {shape}, }}");
        let data: Vec<u8> = by_columns.into_iter().flat_map(f64::to_le_bytes).collect();
        Naive::of(&x).assert_is(&read_npy(file(&dict, &data).as_slice()).unwrap());
    });
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let bytes = written(&Tensor::<f32>::new([[1.0], [-2.0]]));
    let (header, data) = bytes.split_at(128);
    assert_eq!(&header[..12], b"\x93NUMPY\x02\x00\x74\x00\x00\x00");
    let text = std::str::from_utf8(&header[12..]).unwrap();
    assert_eq!(text.trim_end(), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }");
    assert!(text.ends_with('\n'));
    assert_eq!(data, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
}

#[test]
fn either_byte_order_and_every_version_is_read() {
    let big =
        |descr: &str| format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}");
    let read = |bytes: &[u8]| read_npy::<f64>(bytes).unwrap().to_vec();
    assert_eq!(read(&file(&big(">f8"), &1.5_f64.to_be_bytes())), [1.5]);
    assert_eq!(read(&file(&big(">f4"), &1.5_f32.to_be_bytes())), [1.5]);
    assert_eq!(read(&file(&big("<f4"), &1.5_f32.to_le_bytes())), [1.5]);
    let mut second = written(&Tensor::<f64>::new([2.5]));
    assert_eq!(read(&second), [2.5]);
    second[6] = 3;
    assert_eq!(read(&second), [2.5]);
}

#[test]
fn every_truncation_is_an_error() {
    let whole = written(&Tensor::<f32>::new([[1.0, 2.0], [3.0, 4.0]]));
    for length in 0..whole.len() {
        let error = read_npy::<f32>(&whole[..length]).unwrap_err();
        assert_eq!((error.kind(), error.op()), (ErrorKind::File, "read_npy"));
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let whole = written(&Tensor::<f64>::new([[1.0, 2.0, 3.0]]));
    let damage = (0..whole.len(), any::<u8>(), 0..whole.len(), any::<u8>());
    for_all(damage, |(at, byte, also_at, also_byte)| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        bytes[also_at] = also_byte;
        let _ = read_npy::<f64>(bytes.as_slice());
    });
    for_all(proptest::collection::vec(any::<u8>(), 0..200), |bytes| {
        assert!(read_npy::<f64>(bytes.as_slice()).is_err());
        assert!(
            read_npy::<f64>([b"\x93NUMPY\x01\x00", bytes.as_slice()].concat().as_slice()).is_err()
        );
    });
}

#[test]
fn a_header_may_promise_what_it_likes() {
    let shapes = [
        "(1000000000000000000,)",
        "(1000000000, 1000000000)",
        "(4294967296, 4294967296)",
        "(18446744073709551615,)",
        "(99999999999999999999999,)",
        "(1099511627776, 1099511627776, 0)",
        "(-1,)",
        "(2.5,)",
        "(1 2)",
        "(,)",
        "(1,,2)",
        "3",
        "()",
    ];
    for shape in shapes {
        let dict = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        assert!(read_npy::<f64>(file(&dict, &[0; 4]).as_slice()).is_err(), "{shape}");
    }
    // A header of 4 GiB, of which nothing comes.
    let endless = b"\x93NUMPY\x02\x00\xff\xff\xff\xff{";
    assert!(read_npy::<f64>(endless.as_slice()).is_err());
    // Brackets that would exhaust the stack of a recursive parser.
    assert!(read_npy::<f64>(file(&"(".repeat(60_000), &[]).as_slice()).is_err());
}

#[test]
fn other_types_are_named_in_the_error() {
    for descr in ["'<i8'", "'|b1'", "'<c16'", "[('x', '<f4'), ('y', '<f4')]"] {
        let dict = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}");
        let error = read_npy::<f64>(file(&dict, &[0; 16]).as_slice()).unwrap_err().to_string();
        assert!(error.contains("is not float32 or float64"), "{error}");
    }
}
