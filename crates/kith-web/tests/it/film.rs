//! Videos on the page for writing: streamed to disk, judged, shown as a sign; what is not taken is said beside the words.

use axum::http::{Method, StatusCode};
use kith_testkit::{SmallDisk, film};

use crate::world::{Browser, Page, World};

const MEGABYTE: u32 = 1_000_000;
const EDGE: &str = "kiln-edge";
/// Where the script of the page sends it, which wants the form alone.
const LIVE: &str = "/write/media?live=1";
/// What stands before and behind the files of a form.
const TYPED: [(&str, &str); 3] = [("text", "Bowls out of the kiln"), ("cw", "fire"), ("offered", "")];

fn field(name: &str, value: &str) -> Vec<u8> {
    format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").into_bytes()
}

fn head(name: &str) -> Vec<u8> {
    format!("--{EDGE}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: video/mp4\r\n\r\n")
        .into_bytes()
}

/// A form as the page's script sends it: what was typed, then the files.
fn form(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body: Vec<u8> = TYPED.iter().flat_map(|(name, value)| field(name, value)).collect();
    for (name, bytes) in files {
        body.extend(head(name));
        body.extend_from_slice(bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{EDGE}--\r\n").into_bytes());
    body
}

async fn send(browser: &Browser, body: impl Into<axum::body::Body>) -> Page {
    let kind = format!("multipart/form-data; boundary={EDGE}");
    let headers = [("sec-fetch-site", "same-origin"), ("accept", "text/html"), ("content-type", &kind)];
    browser.send(Method::POST, LIVE, &headers, body.into()).await
}

fn small_film(world: &World) -> Vec<u8> {
    let path = world.folder().join("film.mp4");
    film::write(&path, 5_000, 12).unwrap();
    std::fs::read(path).unwrap()
}

/// The id of the one file of a form.
fn id_of(page: &Page) -> String {
    let (_, rest) = page.body.split_once("name=\"pic\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn arriving(world: &World) -> usize {
    std::fs::read_dir(world.folder().join("data/media/incoming")).map_or(0, Iterator::count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_stands_in_the_form_with_name_length_and_size_and_a_field_for_its_words() {
    let world = World::new().await;
    let ana = world.ana().await;
    let page = send(&ana, form(&[("C:\\kiln\\kiln.mp4", &small_film(&world))])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for words in
        ["<b>kiln.mp4</b>", "0:12, 6 KB, 640 × 360", "What video 1 shows", "Take out video 1", "Bowls out of the kiln", "value=\"fire\""]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(!page.body.contains("<video") && !page.body.contains("<img"), "it is a sign: {}", page.body);
    assert_eq!(arriving(&world), 0, "what came in is gone once it is kept");
    let shown = ana.get(&format!("/write/media/{}", id_of(&page))).await;
    assert_eq!((shown.status, shown.header("x-content-type-options")), (StatusCode::NOT_FOUND, "nosniff"));
    assert!(shown.header("content-security-policy").contains("default-src 'none'"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_is_named_with_its_way_out_and_the_words_and_other_files_stay() {
    let world = World::new().await;
    let ana = world.ana().await;
    let video = small_film(&world);
    let animation = [b"GIF89a".as_slice(), &vec![0; 18 * 1024 * 1024]].concat();
    let table: [(&str, &[u8], &str); 7] = [
        (
            "page.mp4",
            b"<!doctype html><script>1</script>",
            "page.mp4: this is a web page, not a JPEG, PNG, GIF or WebP picture or an MP4 video; save",
        ),
        ("kiln.avif", b"\0\0\0\x20ftypavif\0\0\0\0", "kiln.avif: this is an AVIF picture"),
        ("kiln.heic", b"\0\0\0\x20ftypheic\0\0\0\0", "kiln.heic: this is an HEIC picture"),
        ("cut.mp4", &video[..1_000], "cut.mp4: the video is damaged: a part is cut off; export it anew"),
        ("notes.mp4", b"not a film at all", "notes.mp4: this is an unknown kind of file"),
        ("dance.gif", &animation, "dance.gif: the animation is larger than 16 MiB; save it smaller, or as an MP4 video"),
        ("empty.mp4", b"", "empty.mp4: this is an empty file"),
    ];
    for (name, bytes, expected) in table {
        let page = send(&ana, form(&[("fine.mp4", &video), (name, bytes)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        for words in [expected, "Bowls out of the kiln", "<b>fine.mp4</b>"] {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert_eq!(arriving(&world), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_breaks_off_keeps_the_words_or_says_where_they_are() {
    let world = World::new().await;
    let ana = world.ana().await;
    let whole = form(&[("kiln.mp4", &small_film(&world))]);
    let page = send(&ana, whole[..whole.len() - 3_000].to_vec()).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("kiln.mp4: it did not arrive whole; choose it again"), "{}", page.body);
    assert!(page.body.contains("Bowls out of the kiln") && page.body.contains("value=\"fire\""));
    // Without a script the file stands in the middle: what was typed behind it has not come.
    let page = send(&ana, [field("text", "Bowls"), head("kiln.mp4"), b"\0\0\0\x20ftyp".to_vec()].concat()).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("go back, where your words still are"), "{}", page.body);
    assert_eq!(arriving(&world), 0, "nothing of it stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_the_video_is_refused_the_words_stay_and_no_half_of_it_takes_room() {
    let Some(disk) = SmallDisk::mount(32 * 1_024, "no half of a video stays on a full disk").unwrap() else { return };
    let world = World::in_folder(tempfile::tempdir_in(disk.path()).unwrap(), "http://kith.test").await;
    let ana = world.ana().await;
    let made = tempfile::tempdir().unwrap();
    film::write(&made.path().join("kiln.mp4"), 5 * MEGABYTE, 12).unwrap();
    let video = std::fs::read(made.path().join("kiln.mp4")).unwrap();
    // Too little to arrive, then too little to be kept beside what arrived.
    for (left_kib, expected) in [(2_048, "kiln.mp4: there is no room for it on the disk"), (8_192, "kiln.mp4: the file can't be stored")] {
        disk.fill_but(left_kib).unwrap();
        let page = send(&ana, form(&[("kiln.mp4", &video)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{left_kib}");
        let body = page.body.replace("&#39;", "'");
        assert!(body.contains(expected) && body.contains("make room") && body.contains("Bowls out of the kiln"), "{body}");
        disk.free().unwrap();
        let kept =
            std::fs::read_dir(world.folder().join("data/media")).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
        assert_eq!((arriving(&world), kept), (0, 0));
    }
    let page = send(&ana, form(&[("kiln.mp4", &video)])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_plan_sends_no_files() {
    let world = World::new().await;
    let page = send(&world.stranger(), form(&[("kiln.mp4", &small_film(&world))])).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    assert_eq!(arriving(&world), 0);
}

/// The most memory that this process ever had, in bytes.
#[cfg(target_os = "linux")]
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1_024
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_of_two_hundred_megabytes_is_taken_with_little_memory() {
    use std::io::Read as _;

    let world = World::new().await;
    let ana = world.ana().await;
    let path = world.folder().join("long.mp4");
    film::write(&path, 200 * MEGABYTE, 60).unwrap();
    let before: Vec<u8> = TYPED.iter().flat_map(|(name, value)| field(name, value)).chain(head("long.mp4")).collect();
    let behind = format!("\r\n--{EDGE}--\r\n").into_bytes();
    let mut file = std::fs::File::open(path).unwrap();
    let pieces = std::iter::once(before)
        .chain(std::iter::from_fn(move || {
            let mut piece = vec![0; 64 * 1024];
            let read = file.read(&mut piece).unwrap();
            piece.truncate(read);
            (read > 0).then_some(piece)
        }))
        .chain(std::iter::once(behind));
    let body = axum::body::Body::from_stream(futures_util::stream::iter(pieces.map(Ok::<_, std::io::Error>)));
    let memory = most_memory();
    let page = send(&ana, body).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("1:00, 200.0 MB, 640 × 360"), "{}", page.body);
    let more = most_memory() - memory;
    assert!(more < 40 * u64::from(MEGABYTE), "{more} bytes more memory for a video of 200 MB");
}
