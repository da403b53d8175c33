//! What docs/use says can be typed, is typed: every block marked `sh run` runs as printed, in a fresh folder.
//!
//! Conventions of those pages: `sh run` is a block of commands that must succeed; `text said` (or any language) is what
//! the block before it must have printed, line by line; `csv file=NAME` is a file that the commands read. Years are
//! carried two ahead, so that the pages' dates stay in the future for as long as other tests' do; the pages' blog is one on this
//! computer.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use kith_testkit::servers;

use crate::feed::Blog;
use crate::program::{Folder, err, out};

/// The pages with commands that run, and how many blocks each has at least, so that no mark is lost unseen.
const PAGES: [(&str, usize); 7] =
    [("program.md", 13), ("plan.md", 1), ("away.md", 2), ("writing.md", 3), ("safety.md", 1), ("framing.md", 1), ("feeds.md", 2)];

/// A fenced block: what stands behind the fence, its text, the line it begins at.
struct Block {
    mark: String,
    text: String,
    line: usize,
}

fn page(name: &str, blog: &Blog) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/use").join(name);
    let text = std::fs::read_to_string(path).unwrap().replace("2027", "2029").replace("2026", "2028");
    text.replace("|ana-bluesky", "").replace(",ana-bluesky", "").replace("https://lark.example/feed.xml", &blog.url)
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(mark), None) => open = Some(Block { mark: mark.trim().to_owned(), text: String::new(), line: index + 1 }),
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_the_docs_run_as_printed() {
    let (server, blog) = (servers::mastodon_mock().await.unwrap(), Blog::start());
    for (name, least) in PAGES {
        let folder = Folder::with_owner();
        // Without Bluesky: one server stands for all, and the same words twice on one network are refused.
        for (channel, token) in [("lark", &server.tokens.ada), ("ana-mastodon", &server.tokens.grace)] {
            let words = ["channel", "add", "mastodon", "--server", &server.url, "--token", token, "--name", channel];
            let added = folder.private(&words);
            assert!(added.status.success(), "{}", err(&added));
        }
        let programs = folder.temp.path().join("bin");
        std::fs::create_dir(&programs).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kith"), programs.join("kith")).unwrap();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
        let (mut ran, mut printed) = (0, String::new());
        for Block { mark, text, line } in blocks(&page(name, &blog)) {
            let here = format!("docs/use/{name}, line {line}");
            if let Some((_, file)) = mark.split_once("file=") {
                folder.write(file, &text);
            } else if mark == "sh run" {
                let output = Command::new("bash")
                    .args(["-euo", "pipefail", "-c", &text])
                    .current_dir(folder.temp.path())
                    .env("PATH", &path)
                    .env("KITH_DATA", folder.data())
                    .env("XDG_CONFIG_HOME", folder.temp.path().join("config"))
                    .env("KITH_ALLOW_PRIVATE", "1")
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                printed = out(&output);
                assert!(output.status.success(), "{here}: {}\n{printed}", err(&output));
                ran += 1;
            } else if mark.ends_with(" said") {
                for wanted in text.lines().filter(|wanted| !wanted.trim().is_empty()) {
                    assert!(printed.lines().any(|line| line.trim_end() == wanted.trim_end()), "{here}: no line {wanted:?} in\n{printed}");
                }
            }
        }
        assert!(ran >= least, "{name}: {ran} blocks ran, of {least}");
    }
}
