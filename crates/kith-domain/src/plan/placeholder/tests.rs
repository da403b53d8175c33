use super::{FOUND_MAX, unfilled};

#[test]
fn placeholders_are_found() {
    let table = [
        ("Dear firstname, thank you", "Dear firstname"),
        ("Dear Firstname", "Dear Firstname"),
        ("Hi first_name!", "Hi first_name"),
        ("hello FIRST_NAME", "hello FIRST_NAME"),
        ("Dear Name,\nthanks", "Dear Name"),
        ("Hi first name, welcome", "Hi first name"),
        ("Hey lastname we are open", "Hey lastname"),
        ("Thanks username", "Thanks username"),
        ("Good news. Hello [Name], we are open", "[Name]"),
        ("Liebe Vorname, heute", "Liebe Vorname"),
        ("Hola nombre, hoy", "Hola nombre"),
        ("Firstname, your tips are here", "Firstname"),
        ("Hello {{name}}", "{{name}}"),
        ("Hello {{ first_name }}", "{{ first_name }}"),
        ("Hello {{contact.first_name | default: 'you'}}", "{{contact.first_name | default: 'you'}}"),
        ("{{{body}}}", "{{{body}}}"),
        ("{% if name %}yes", "{% if name %}"),
        ("Hello {name}", "{name}"),
        ("{first name}, hi", "{first name}"),
        ("Welcome {FirstName}", "{FirstName}"),
        ("[NAME] is here", "[NAME]"),
        ("Dear [First Name]", "[First Name]"),
        ("Meet [your name here]", "[your name here]"),
        ("Join us on [date] at noon", "[date]"),
        ("Read more: [insert link]", "[insert link]"),
        ("[Company Name] is hiring", "[Company Name]"),
        ("Hi %FIRSTNAME%", "%FIRSTNAME%"),
        ("Hi %first_name%", "%first_name%"),
        ("Hi %%emailaddr%%", "%%emailaddr%%"),
        ("Hello <<name>>", "<<name>>"),
        ("Hello <<Anything Else>>", "<<Anything Else>>"),
        ("Hello <name>", "<name>"),
        ("Hello <first name>", "<first name>"),
        ("Hello «Vorname»", "«Vorname»"),
        ("Hello $name$", "$name$"),
        ("Hello ${name}", "${name}"),
        ("Hello ${firstName}", "${firstName}"),
        ("Hi *|FNAME|*", "*|FNAME|*"),
        ("Hi *|MERGE1|*", "*|MERGE1|*"),
        ("Hi #FIRSTNAME#", "#FIRSTNAME#"),
        ("Only XXX euros", "XXX"),
        ("Call XXXX today", "XXXX"),
        ("TODO: find a picture", "TODO:"),
        ("We open on [TODO]", "[TODO]"),
        ("Open\nTODO\nsoon", "TODO"),
        ("FIXME this line", "FIXME"),
        ("Lorem ipsum dolor sit amet", "Lorem ipsum"),
        ("Hi __Name__, welcome", "__Name__"),
        ("Hello <%= first_name %>", "<%= first_name %>"),
        ("Hello %(name)s, hi", "%(name)s"),
        ("Hello @@name@@", "@@name@@"),
        ("Welcome {0} to the club", "{0}"),
        ("Our guest [object Object] speaks", "[object Object]"),
        ("{Hi|Hello|Hey} friends", "{Hi|Hello|Hey}"),
        ("Hello undefined, welcome", "Hello undefined"),
        ("Hi null!", "Hi null"),
        ("Dear , thank you", "Dear ,"),
        ("Meet [[first name]] today", "[[first name]]"),
    ];
    for (text, expected) in table {
        let found = unfilled(text);
        assert_eq!(found.first().map(String::as_str), Some(expected), "{text:?}: {found:?}");
    }
}

#[test]
fn plain_writing_passes() {
    let table = [
        "Dear Jo, thank you",
        "Hi all, we are open",
        "Dear customers, we moved",
        "Hello name-tag makers of Lisbon",
        "Thanks name by name to all who came",
        "Dear friend",
        "Dear Sir or Madam",
        "[sold out] The Friday course",
        "[Event] Open day on Saturday",
        "[Date] is a fruit",
        "[1] first, [2] second",
        "The bakery [est. 1986] is open",
        "[…] and so on",
        "\"[We] are the people\"",
        "[link](https://example.org)",
        "Read [the name of the rose](https://example.org)",
        "fn main() { println!(\"hi\") }",
        "const { name } = user",
        "if (a) { return }",
        "{}",
        "{{}}",
        "{ } are braces",
        "use {a, b}",
        "echo ${PATH} and $HOME",
        "It costs $5 and $10 now",
        "$AAPL and $MSFT",
        "100% fun, 50% off",
        "Between 10% and 20% of names",
        "a < b and c > d",
        "I <3 you",
        "<- look here ->",
        "the <title> element and the <time> element",
        "x << 3 >> 1",
        "He said « bonjour » to me",
        "XXL and XXXL shirts",
        "love you xxx",
        "My todo list for today",
        "¡TODO al 50%!",
        "TODO INCLUIDO desde mañana",
        "#name your plant",
        "#firstname is a tag, #lastname too",
        "snake__case__word",
        "The first name that came to mind",
        "What is your name?",
        "Name three breads",
        "*bold* and |pipes|",
        "Hi! Name your favourite bread",
        "Hello. Your name is on the list",
        "50 % rabatt",
        "(date to follow)",
        "ASCII art: [==]",
        "Hi there",
        "Hi, we are open",
        "Hello none of you knew this",
        "Bonjour, tout le monde",
        "a {b} c",
        "the set {1, 2, 3}",
        "[[Wiki page]] and others",
        "50% (ten)s",
        "Thanks, all of you",
    ];
    for text in table {
        assert_eq!(unfilled(text), Vec::<String>::new(), "{text:?}");
    }
}

#[test]
fn all_are_named_in_their_order_up_to_a_limit() {
    assert_eq!(unfilled("Hi {name}, see [link] and *|URL|*"), ["{name}", "[link]", "*|URL|*"]);
    assert_eq!(unfilled(&"{{x}} ".repeat(50)).len(), FOUND_MAX);
}

#[test]
fn a_long_hostile_text_is_judged_in_linear_time() {
    let text = "{{".repeat(25_000) + &"[".repeat(25_000) + &"<<a".repeat(10_000);
    assert_eq!(unfilled(&text), Vec::<String>::new());
}
