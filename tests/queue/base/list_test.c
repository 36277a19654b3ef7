// list_test -- order, membership, and removal while walking.
#include "queue/base/list.h"
#include "tests/support/check_main.h"

struct member {
    int number;
    struct list_node node;
};

// The members' numbers as the digits of one number.
static int digits(struct list_node *list)
{
    int all = 0;
    list_for_each (node, list)
        all = all * 10 + list_entry(node, struct member, node)->number;
    return all;
}

START_TEST(a_list_keeps_the_order_of_its_members)
{
    struct list_node list;
    list_init(&list);
    ck_assert(list_is_empty(&list));
    ck_assert_ptr_null(list_first(&list));

    struct member members[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    list_append(&list, &members[1].node);
    list_append(&list, &members[2].node);
    list_prepend(&list, &members[0].node);
    list_insert_before(&members[2].node, &members[3].node);
    ck_assert_int_eq(digits(&list), 1243);
    ck_assert_ptr_eq(list_first(&list), &members[0].node);
    ck_assert(!list_is_empty(&list));
}
END_TEST

START_TEST(a_zeroed_or_removed_node_is_in_no_list)
{
    struct list_node list;
    list_init(&list);
    struct member member = {.number = 1};
    ck_assert(!list_is_linked(&member.node));
    list_remove(&member.node);
    list_append(&list, &member.node);
    ck_assert(list_is_linked(&member.node));
    list_remove(&member.node);
    list_remove(&member.node);
    ck_assert(!list_is_linked(&member.node));
    ck_assert(list_is_empty(&list));
}
END_TEST

START_TEST(the_current_node_may_be_removed_while_walking)
{
    struct list_node list;
    list_init(&list);
    struct member members[5] = {0};
    for (int i = 0; i < 5; i++) {
        members[i].number = i + 1;
        list_append(&list, &members[i].node);
    }
    list_for_each (node, &list) {
        if (list_entry(node, struct member, node)->number % 2 == 1)
            list_remove(node);
    }
    ck_assert_int_eq(digits(&list), 24);
}
END_TEST

START_TEST(a_linked_node_cannot_be_inserted_again)
{
    struct list_node list;
    list_init(&list);
    struct member member = {0};
    list_append(&list, &member.node);
    list_append(&list, &member.node);
}
END_TEST

static Suite *list_suite(void)
{
    Suite *suite = suite_create("list");
    TCase *order = tcase_create("list");
    tcase_add_test(order, a_list_keeps_the_order_of_its_members);
    tcase_add_test(order, a_zeroed_or_removed_node_is_in_no_list);
    tcase_add_test(order, the_current_node_may_be_removed_while_walking);
    tcase_add_test_raise_signal(order, a_linked_node_cannot_be_inserted_again, SIGABRT);
    suite_add_tcase(suite, order);
    return suite;
}

CHECK_MAIN(list_suite)
