use std::io::Cursor;

use super::*;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a kind is written as it stands in the file")]
fn part(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [(body.len() as u32 + 8).to_be_bytes().as_slice(), kind, body].concat()
}

fn mvhd(scale: u32, duration: u32) -> Vec<u8> {
    let mut body = vec![0; 100];
    body[12..16].copy_from_slice(&scale.to_be_bytes());
    body[16..20].copy_from_slice(&duration.to_be_bytes());
    part(b"mvhd", &body)
}

fn track(width: u32, height: u32) -> Vec<u8> {
    let mut body = vec![0; 84];
    body[76..80].copy_from_slice(&(width << 16).to_be_bytes());
    body[80..84].copy_from_slice(&(height << 16).to_be_bytes());
    part(b"trak", &part(b"tkhd", &body))
}

/// A film of 12.5 s, 1920 × 1080, with its place, and the table of contents behind the pictures as phones write it.
fn film() -> Vec<u8> {
    let place = part(b"udta", &part(b"\xa9xyz", b"\0\x12\x15\xc7+38.7223-009.1393/"));
    let moov = part(b"moov", &[mvhd(1_000, 12_500), track(0, 0), track(1_920, 1_080), place].concat());
    [part(b"ftyp", b"isom\0\0\x02\0isommp42"), part(b"mdat", &[7; 5_000]), moov].concat()
}

fn read(bytes: &[u8]) -> Result<Video, VideoFault> {
    Video::read(&mut Cursor::new(bytes))
}

#[test]
fn length_and_size_are_read_from_the_container() {
    let video = read(&film()).unwrap();
    assert_eq!((video.duration_ms, video.width, video.height, video.mime), (12_500, 1_920, 1_080, "video/mp4"));
    assert_eq!(video.bytes, film().len() as u64);
}

#[test]
fn a_video_that_is_too_long_or_large_says_by_which_limit() {
    let video = read(&film()).unwrap();
    assert!(video.fits(1_000_000, Some(13)).is_ok());
    assert_eq!(video.fits(1_000_000, Some(12)).unwrap_err().to_string(), "the video is 13 s long, more than 12 s");
    let told = video.fits(1_000, None).unwrap_err().to_string();
    assert_eq!(told, format!("the video has {} bytes, more than 1000", film().len()));
}

#[test]
fn a_copy_has_no_place_and_the_same_length() {
    let film = film();
    let video = read(&film).unwrap();
    let mut copy = Vec::new();
    video.copy(&mut Cursor::new(&film), &mut copy).unwrap();
    assert_eq!(copy.len(), film.len());
    assert!(film.windows(6).any(|window| window == b"+38.72"));
    assert!(!copy.windows(6).any(|window| window == b"+38.72"));
    assert_eq!(read(&copy).unwrap().duration_ms, 12_500);
    let same = film.iter().zip(&copy).filter(|(a, b)| a == b).count();
    assert!(film.len() - same <= 48, "only the private part differs");
}

/// A file of half a gigabyte that is not there: reading anything but headers would take for ever.
struct Holes {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: u64,
    at: u64,
    read: u64,
}

impl Read for Holes {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = out.len().min((self.length - self.at.min(self.length)) as usize);
        for slot in out.iter_mut().take(length) {
            let tail_at = self.length - self.tail.len() as u64;
            *slot = match self.at {
                at if at >= tail_at => self.tail[(at - tail_at) as usize],
                at => self.head.get(at as usize).copied().unwrap_or_default(),
            };
            self.at += 1;
        }
        self.read += length as u64;
        Ok(length)
    }
}

impl Seek for Holes {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[test]
fn a_large_film_is_judged_by_a_few_bytes() {
    let tail = part(b"moov", &[mvhd(600, 60_000), track(1_280, 720)].concat());
    let length = 500 * 1024 * 1024_u64;
    let mut head = part(b"ftyp", b"isom\0\0\x02\0");
    let rest = length - head.len() as u64 - tail.len() as u64;
    head.extend((rest as u32).to_be_bytes());
    head.extend(b"mdat");
    let mut file = Holes { head, tail, length, at: 0, read: 0 };
    let video = Video::read(&mut file).unwrap();
    assert_eq!((video.duration_ms, video.width), (100_000, 1_280));
    assert!(file.read < 400, "{} bytes were read", file.read);
    file.length = VIDEO_BYTES_MAX + 1;
    assert!(matches!(Video::read(&mut file), Err(VideoFault::TooLarge { .. })));
}

#[test]
fn boxes_that_lie_are_told() {
    let whole = film();
    assert!(matches!(read(b"<svg/>"), Err(VideoFault::NotAVideo)));
    assert!(matches!(read(&part(b"ftyp", b"avif\0\0\0\0")), Err(VideoFault::NotAVideo)));
    assert!(matches!(read(&part(b"ftyp", b"isom\0\0\0\0")), Err(VideoFault::Damaged(_))));
    let mut long = whole.clone();
    long[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(read(&long), Err(VideoFault::Damaged("a part is cut off"))));
    let still = [part(b"ftyp", b"isom\0\0\0\0"), part(b"moov", &mvhd(0, 5))].concat();
    assert!(matches!(read(&still), Err(VideoFault::Damaged("its clock does not tick"))));
    let deep = (0..200).fold(Vec::new(), |inner, _| part(b"moov", &inner));
    assert!(read(&[part(b"ftyp", b"isom\0\0\0\0"), deep].concat()).is_err());
    let many = [part(b"ftyp", b"isom\0\0\0\0"), part(b"free", b"").repeat(30_000)].concat();
    assert!(matches!(read(&many), Err(VideoFault::Damaged("it has too many parts"))));
    for end in 0..whole.len() {
        let _ = read(&whole[..end]);
    }
}
