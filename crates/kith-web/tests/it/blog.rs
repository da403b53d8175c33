//! A blog whose feed can be changed, and a channel to announce it on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kith_testkit::servers;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::world::World;

pub(crate) struct Blog {
    pub(crate) url: String,
    titles: Arc<Mutex<Vec<String>>>,
}

impl Blog {
    /// A blog with one old entry.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/feed.xml", listener.local_addr().unwrap());
        let titles = Arc::new(Mutex::new(vec!["Old one".to_owned()]));
        let told = titles.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.read(&mut [0; 8_192]).await;
                let items: String = told
                    .lock()
                    .unwrap()
                    .iter()
                    .map(|title| format!("<item><title>{title}</title><guid>g-{title}</guid><link>https://lark.example/blog</link></item>"))
                    .collect();
                let body = format!("<rss version=\"2.0\"><channel><title>Lark's blog</title>{items}</channel></rss>");
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        Self { url, titles }
    }

    /// A new entry.
    pub(crate) fn says(&self, title: &str) {
        self.titles.lock().unwrap().insert(0, title.to_owned());
    }
}

/// Connects the channel `lark`.
pub(crate) async fn channel(world: &World) {
    let server = servers::mastodon_mock().await.unwrap();
    let operator = world.kith.operator(None).await.unwrap();
    let fields: BTreeMap<_, _> = [("server", server.url.as_str()), ("token", server.tokens.ada.as_str())]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    world.kith.add_channel_typed(&operator, "mastodon", &fields, Some("lark")).await.unwrap();
}
