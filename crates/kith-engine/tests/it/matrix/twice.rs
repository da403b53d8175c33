//! The same plan twice, and two couriers on one plan.

use kith_engine::Courier;

use super::rig::{BOTH, Rig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_plan_imported_twice_at_once_is_planned_once() {
    for base in BOTH {
        let rig = Rig::on(base).await;
        let rows: String = (0..20).map(|n| format!("Of a series {n},{}\n", rig.at(60 + n))).collect();
        let csv = format!("text,at\n{rows}");
        let other = rig.another().await;
        let (one, two) = tokio::join!(rig.import(&rig.kith, &csv, "lark"), rig.import(&other, &csv, "lark"));
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        assert_eq!(won, Ok(20), "{base:?}");
        let lost = lost.unwrap_err();
        assert!(lost.contains("planned already") || lost.contains("ImportedBefore"), "{base:?}: {lost}");
        let sum = rig.space().counts().await.unwrap();
        assert_eq!(sum.by_state.values().sum::<u64>(), 20, "{base:?}: all of one or none: {sum:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_plan_send_each_post_once() {
    for base in BOTH {
        let rig = Rig::on(base).await;
        let rows: String = (0..20).map(|n| format!("Of a plan {n},{}\n", rig.at(60 + n))).collect();
        rig.import(&rig.kith, &format!("text,at\n{rows}"), "lark").await.unwrap();
        let other = Courier::new(rig.another().await);
        rig.pass(120);
        let (one, two) = tokio::join!(rig.courier.run_due(), other.run_due());
        assert!(one.unwrap() + two.unwrap() >= 20, "{base:?}");
        let sum = rig.space().counts().await.unwrap();
        assert_eq!(sum.by_state.get("published"), Some(&20), "{base:?}: {sum:?}");
        assert_eq!(rig.sends(), 20, "{base:?}");
    }
}
