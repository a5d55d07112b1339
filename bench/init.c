/* bench/init.c - the program of every benchmark image, and Linux's /init: it is there, and it ends. */
int main(void) { return 0; }
