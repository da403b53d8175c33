//! What the store promises, checked on SQLite and on PostgreSQL.
//!
//! Each fact is an async function over a `Bench`, which opens any number of handles on one fresh database: a second
//! handle stands for a second process. To add a fact, write it and add its name to `facts!`.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod acts;
mod bench;
mod calls;
mod channels;
mod claims;
mod contacts;
mod doors;
mod edits;
mod exports;
mod hearing;
mod pace;
mod people;
mod plans;
mod post_drafts;
mod processes;
mod sorting;
mod sources;
mod sqlite_only;
mod tenants;
mod tokens;

use bench::Bench;

/// One fact about a store.
type Fact = for<'a> fn(&'a Bench) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

macro_rules! facts {
    ($($module:ident: $($fact:ident),+;)+) => {
        mod on_sqlite {
            $(mod $module {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $fact() {
                    crate::$module::$fact(&crate::Bench::sqlite()).await;
                })+
            })+
        }

        /// One test for all facts, so that the server is asked for once.
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres_keeps_every_promise() {
            // A list and not one after another: a function that awaits a hundred futures outgrows its thread's stack.
            let facts: &[(&str, Fact)] = &[$($((concat!(stringify!($module), "::", stringify!($fact)), |bench| Box::pin($module::$fact(bench))),)+)+];
            let mut bench = Bench::postgres().await;
            for (name, fact) in facts {
                eprintln!("{name}");
                fact(&bench).await;
                bench = bench.next().await;
            }
            bench.end().await;
        }
    };
}

facts! {
    people:
        a_login_is_found_whatever_the_case_of_its_address,
        an_address_is_taken_once,
        settings_and_notes_are_kept,
        a_link_works_once_and_not_for_ever,
        two_presses_use_a_link_once,
        a_role_is_read_freshly_at_each_request,
        a_new_password_ends_the_other_sessions;
    channels:
        a_channel_reads_back_whole,
        a_name_is_unique_until_its_channel_is_removed,
        one_profile_is_connected_once,
        a_removal_wipes_the_secrets_and_cancels_what_was_planned,
        a_channel_is_not_removed_while_something_may_be_going_out,
        the_since_of_a_state_moves_only_with_the_state,
        a_warning_of_a_sign_ins_end_is_given_once_by_one_process;
    plans:
        a_dispatch_reads_back_whole,
        a_plan_is_added_whole_or_not_at_all,
        a_dispatch_that_is_not_its_posts_is_refused,
        pages_go_forwards_and_backwards_without_gaps,
        pages_of_a_few_states_are_merged_in_order,
        the_places_add_up,
        taken_times_leave_out_the_cancelled,
        a_picture_is_found_by_its_bytes,
        events_come_back_latest_first;
    sources:
        a_source_reads_back_with_its_items_in_order,
        a_name_is_free_again_when_its_source_has_ended,
        two_who_change_a_source_at_once_notice,
        a_change_of_the_plan_moves_rewords_and_cancels_as_one,
        what_has_begun_is_not_moved_and_nothing_else_of_the_change_is_stored,
        a_key_is_known_once_and_by_its_source_alone,
        a_setting_is_set_by_whoever_has_read_it_last,
        hours_of_presence_are_carried_into_the_rules_for_plans;
    edits:
        other_words_are_stored_with_their_approval_once_over_the_version_that_was_read,
        whoever_claimed_it_before_sends_nothing_of_the_old_words,
        a_yes_approves_the_words_that_were_read_and_no_others,
        no_other_workspace_changes_holds_or_approves_it;
    post_drafts:
        of_two_who_save_the_same_version_the_second_is_told,
        a_draft_that_is_planned_is_no_draft_and_no_other_workspace_sees_one;
    claims:
        a_claim_takes_the_earliest_due_and_moves_the_fence,
        a_claim_is_fair_between_channels,
        a_backlog_of_thousands_hides_nobody,
        what_may_be_out_is_claimed_before_an_older_backlog,
        a_lost_claim_writes_nothing,
        a_died_worker_is_followed_when_its_lease_ends,
        a_long_preparation_extends_its_lease,
        a_send_is_counted_and_its_attempt_kept,
        a_published_dispatch_proves_itself_and_sleeps,
        a_remote_id_belongs_to_one_dispatch,
        an_uncertain_dispatch_wakes_to_be_looked_for,
        a_persons_answer_ends_a_claim_and_counts_once,
        another_time_moves_the_dispatch_and_its_waking_and_counts_once,
        leases_are_released_at_the_start_of_the_only_worker,
        only_what_was_held_for_the_mended_reason_goes_on,
        of_what_was_held_only_what_is_named_and_has_not_moved_goes_on,
        the_worker_sleeps_until_the_first_wake;
    pace:
        a_bucket_is_shared_by_all_processes_and_outlives_them,
        a_server_that_is_used_up_rests_with_all_its_channels,
        a_rest_ends_and_the_worker_wakes_for_it,
        a_wrong_clocks_pauses_are_put_right_however_many_there_are,
        a_claim_under_a_wrong_clock_is_released_and_a_right_one_is_not,
        what_went_out_last_is_known;
    processes:
        eight_claimers_never_share_a_dispatch_nor_a_channel,
        the_intent_is_on_disk_when_begin_attempt_returns,
        a_plan_of_another_process_wakes_those_who_watch,
        who_lost_the_connection_hears_again,
        words_reach_every_other_process_and_not_the_speaker,
        what_a_dead_process_had_claimed_wakes_once_its_connection_has_ended,
        one_process_at_a_time_has_a_task_of_a_channel,
        who_lost_a_lease_stores_nothing_under_it,
        a_write_wakes_those_who_watch,
        many_writers_at_once_each_keep_their_own,
        a_refused_write_undoes_only_itself,
        an_abandoned_write_leaves_the_store_writable;
    contacts:
        a_promise_is_due_on_its_day_until_it_is_kept_moved_or_let_go,
        parting_restores_exactly_what_was_merged,
        parting_is_over_after_thirty_days,
        followers_wait_until_a_person_decides_one_by_one;
    hearing:
        a_message_makes_somebody_wait_and_is_stored_once,
        our_answer_ends_the_wait,
        context_is_shown_and_owed_nothing,
        context_that_turns_out_to_be_for_us_joins_the_conversation,
        two_people_in_one_thread_are_two_conversations,
        a_machine_is_set_apart_and_never_hidden,
        the_longest_wait_comes_first,
        a_closing_holds_until_they_write_again,
        a_reaction_is_counted_once_and_nobody_waits,
        a_name_change_is_seen_and_the_person_stays_one,
        broken_text_is_kept_readable,
        an_id_that_does_not_fit_is_left_out_and_the_rest_is_kept,
        the_cursor_moves_with_the_batch;
    acts:
        the_same_press_is_found_instead_of_done_twice,
        an_answer_becomes_a_message_and_drops_the_draft,
        an_answer_that_the_listener_heard_first_is_still_ours,
        a_refused_answer_keeps_the_text,
        an_unknown_end_can_still_become_known,
        a_draft_is_each_members_own;
    sorting:
        what_is_put_off_stays_owed_and_comes_back,
        a_change_is_taken_back_once_and_says_who,
        what_was_sorted_since_is_not_taken_back,
        a_mark_by_hand_sets_apart_and_brings_back,
        two_boxes_that_write_at_once_keep_both_texts,
        what_another_box_wrote_survives_what_was_sent,
        an_act_is_told_on_the_persons_timeline,
        first_words_begin_a_conversation,
        words_are_found_in_any_case_and_in_one_workspace,
        nobody_sorts_or_undoes_in_another_workspace;
    calls:
        a_browser_is_kept_once_and_the_oldest_makes_room,
        what_a_person_was_called_for_is_remembered_for_them_alone,
        calls_of_one_workspace_are_not_seen_from_another;
    tokens:
        a_key_is_found_by_its_hash_until_it_ends,
        a_key_of_another_workspace_is_neither_seen_nor_ended;
    tenants:
        nothing_of_one_workspace_is_seen_from_another,
        nothing_of_one_workspace_is_changed_from_another,
        a_row_cannot_point_across_tenants;
    doors:
        an_invitation_is_followed_once_and_brings_back_who_was_here,
        of_two_owners_who_remove_each_other_one_stays,
        who_is_removed_has_no_session_and_no_key_any_more,
        what_was_begun_is_taken_up_once_by_who_began_it,
        a_passkey_is_its_owners_and_counts_its_uses,
        an_ended_workspace_goes_whole_after_its_time_and_no_other_does;
    exports:
        everything_is_exported_but_the_secrets,
        an_export_of_many_pages_misses_nothing,
        the_doctor_finds_a_whole_database;
}
