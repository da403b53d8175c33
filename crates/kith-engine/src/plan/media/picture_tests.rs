use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Left half red, right half blue.
fn two_halves(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, _| if x < width / 2 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) };
    RgbImage::from_fn(width, height, pixel).into()
}

/// Noise, which no encoder makes small.
fn noise(side: u32) -> DynamicImage {
    let mut seed = 7_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    RgbImage::from_fn(side, side, |_, _| Rgb([next(), next(), next()])).into()
}

/// A JPEG as cameras write it: orientation, place and maker in EXIF, and a comment.
fn from_camera(orientation: u8) -> Vec<u8> {
    let plain = encoded(&two_halves(64, 32), ImageFormat::Jpeg);
    let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    tiff.extend(b"\0\0\0\0");
    tiff.extend(b"\0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0GPS-SECRET-PLACE");
    let exif = [b"Exif\0\0".as_slice(), &tiff].concat();
    let segment = |marker: u8, body: &[u8]| [&[0xff, marker], &(body.len() as u16 + 2).to_be_bytes(), body].concat();
    [&plain[..2], &segment(0xe1, &exif), &segment(0xfe, b"MAKER-COMMENT"), &plain[2..]].concat()
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}

fn kept(bytes: &[u8]) -> Result<Picture, PictureFault> {
    process(bytes, Target::KEPT)
}

#[test]
fn a_picture_is_turned_upright_and_loses_place_and_maker() {
    let bytes = from_camera(6);
    assert!(holds(&bytes, b"GPS-SECRET-PLACE") && holds(&bytes, b"MAKER-COMMENT"));
    let picture = kept(&bytes).unwrap();
    assert_eq!((picture.mime, picture.width, picture.height), ("image/jpeg", 32, 64));
    for word in [b"GPS-SECRET-PLACE".as_slice(), b"MAKER-COMMENT", b"Exif"] {
        assert!(!holds(&picture.bytes, word));
    }
    let upright = image::load_from_memory(&picture.bytes).unwrap().to_rgb8();
    let (top, bottom) = (upright.get_pixel(16, 4).0, upright.get_pixel(16, 60).0);
    assert!(top[0] > 180 && top[2] < 80, "red comes to the top: {top:?}");
    assert!(bottom[2] > 180 && bottom[0] < 80, "{bottom:?}");
    let as_it_was = kept(&from_camera(1)).unwrap();
    assert_eq!((as_it_was.width, as_it_was.height), (64, 32));
}

#[test]
fn what_only_claims_to_be_a_picture_is_refused_by_its_content() {
    let table: [(&[u8], &str); 9] = [
        (b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>", "an SVG drawing"),
        (b"  <!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"BM\0\0\0\0", "a BMP picture"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF picture"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "an HEIC picture"),
        (b"\0\0\0\x1cftypisom\0\0\0\0", "a video"),
        (b"", "an empty file"),
    ];
    for (bytes, what) in table {
        assert_eq!(kept(bytes), Err(PictureFault::NotAPicture(what)), "{what}");
    }
}

#[test]
fn what_stands_behind_a_picture_does_not_go_out() {
    let mut bytes = encoded(&two_halves(8, 8), ImageFormat::Png);
    bytes.extend(b"<script>alert(1)</script>");
    assert!(!holds(&kept(&bytes).unwrap().bytes, b"script"));
}

/// A PNG whose header says `side` × `side`, with next to nothing behind it.
fn png_that_says(side: u32) -> Vec<u8> {
    let mut bytes = encoded(&two_halves(8, 8), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&side.to_be_bytes());
    bytes[20..24].copy_from_slice(&side.to_be_bytes());
    let mut crc = !0_u32;
    for byte in &bytes[12..29] {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    bytes[29..33].copy_from_slice(&(!crc).to_be_bytes());
    bytes
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    assert_eq!(kept(&png_that_says(30_000)), Err(PictureFault::TooManyPixels { width: 30_000, height: 30_000 }));
    assert!(matches!(kept(&png_that_says(7_000)), Err(PictureFault::Damaged(_))), "fewer pixels than promised");
    assert_eq!(kept(&vec![0; PICTURE_BYTES_MAX as usize + 1]), Err(PictureFault::TooLarge));
}

#[test]
fn a_picture_is_made_to_fit_what_the_network_takes() {
    let bytes = encoded(&noise(400), ImageFormat::Png);
    let target = Target { bytes_max: 40_000, side_max: 300, ..Target::KEPT };
    let picture = process(&bytes, target).unwrap();
    assert!(picture.bytes.len() <= 40_000 && picture.width <= 300, "{} bytes, {}", picture.bytes.len(), picture.width);
    assert_eq!(picture.mime, "image/jpeg");
    assert_eq!(process(&bytes, target).unwrap(), picture, "the same bytes give the same picture");
    let tiny = Target { bytes_max: 10, side_max: 300, ..Target::KEPT };
    assert_eq!(process(&bytes, tiny), Err(PictureFault::StaysTooLarge { bytes_max: 10 }));
}

#[test]
fn see_through_and_deep_pictures_of_every_form_come_out_as_png_or_jpeg() {
    let clear: DynamicImage = RgbaImage::from_fn(20, 10, |x, _| Rgba([9, 9, 9, if x < 10 { 0 } else { 255 }])).into();
    let picture = kept(&encoded(&clear, ImageFormat::Png)).unwrap();
    assert_eq!(picture.mime, "image/png");
    assert_eq!(image::load_from_memory(&picture.bytes).unwrap().to_rgba8().get_pixel(0, 0).0[3], 0);
    assert_eq!(kept(&encoded(&clear, ImageFormat::WebP)).unwrap().mime, "image/png");
    assert_eq!(kept(&encoded(&two_halves(20, 10), ImageFormat::WebP)).unwrap().mime, "image/jpeg");
    let odd = [
        DynamicImage::ImageRgba16(two_halves(20, 10).into_rgba16()),
        DynamicImage::ImageLuma8(two_halves(20, 10).into_luma8()),
        DynamicImage::ImageLumaA16(two_halves(20, 10).into_luma_alpha16()),
        two_halves(1, 1),
        two_halves(4_200, 2),
    ];
    for image in odd {
        let picture = kept(&encoded(&image, ImageFormat::Png)).unwrap();
        assert_eq!(picture.mime, "image/png");
        assert!(picture.width <= 4_096 && picture.height >= 1);
    }
}

/// A GIF of `frames` frames of one pixel each, with a comment and a hidden message behind the end.
fn gif(frames: u32) -> Vec<u8> {
    let mut bytes = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    bytes.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
    bytes.extend(b"\x21\xfe\x0eSECRET COMMENT\0");
    for _ in 0..frames {
        bytes.extend(b"\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
    }
    bytes.extend(b"\x3b<script>");
    bytes
}

#[test]
fn an_animation_keeps_its_frames_and_loses_its_comments() {
    let picture = kept(&gif(3)).unwrap();
    assert_eq!((picture.mime, picture.width, picture.height), ("image/gif", 1, 1));
    assert!(holds(&picture.bytes, b"NETSCAPE2.0"));
    assert!(!holds(&picture.bytes, b"SECRET COMMENT") && !holds(&picture.bytes, b"<script>"));
    assert_eq!(kept(&gif(1)).unwrap().mime, "image/png");
}

#[test]
fn an_animation_of_twenty_thousand_frames_is_refused() {
    assert_eq!(kept(&gif(20_000)), Err(PictureFault::TooManyFrames { frames: 1_001 }));
    let mut large = gif(500);
    large[6..10].copy_from_slice(&[0xd0, 0x07, 0xd0, 0x07]);
    assert_eq!(kept(&large), Err(PictureFault::TooManyFrames { frames: 500 }), "2,000 × 2,000 pixels, 500 times");
}

#[test]
fn damaged_files_are_told_and_never_panic() {
    let files = [from_camera(6), encoded(&noise(24), ImageFormat::Png), encoded(&noise(24), ImageFormat::WebP), gif(3)];
    for file in files {
        for end in (0..file.len()).step_by(7) {
            let _ = kept(&file[..end]);
        }
        for at in (0..file.len()).step_by(5) {
            let mut altered = file.clone();
            altered[at] ^= 0xa5;
            let _ = kept(&altered);
        }
        assert!(kept(&file).is_ok());
    }
}
